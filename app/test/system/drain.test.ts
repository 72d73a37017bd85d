import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";
import { type OneServer, TwoServers } from "../support/two-servers.ts";
import { WsClient } from "../support/ws-client.ts";

// Whole servers start here, on machines that may be busy.
setDefaultTimeout(30_000);

const room = "room:drain";
const ids = Array.from({ length: 20 }, (_, index) => `session-${index}`);

function connectTo(server: OneServer, from: readonly string[] = ids, address?: string): Promise<WsClient[]> {
  const headers = address === undefined ? {} : { "x-forwarded-for": address };
  return Promise.all(from.map((id) => WsClient.connect(server.socketUrl(id), { headers })));
}

/** As a client that knows handover: the next socket first, then the old one is closed. */
async function follow(old: WsClient, id: string, next: OneServer): Promise<WsClient> {
  await old.event("goodbye");
  const moved = await WsClient.connect(next.socketUrl(id));
  await moved.join(room);
  expect(await old.close()).toBe(1000);
  return moved;
}

describe("a server that ends while another takes over", () => {
  test("lets its clients move, and is gone when the last has", async () => {
    await using servers = await TwoServers.start({ DRAIN_RATE: "100" });
    const clients = await connectTo(servers.blue);
    const moves = clients.map((client, index) => follow(client, ids[index] ?? "", servers.green));
    const deadlines: number[] = [];
    await servers.blue.stop((deadlineMs) => deadlines.push(deadlineMs));
    const moved = await Promise.all(moves);

    expect(servers.blue.hub.drain.status()).toMatchObject({
      state: "drained",
      moved: 20,
      forced: 0,
      lost: 0,
    });
    expect([servers.green.hub.sessionCount, deadlines]).toEqual([20, [120_000]]);
    const goodbyes = await Promise.all(clients.map((client) => client.event("goodbye")));
    expect(goodbyes.map(({ payload }) => payload)).toEqual(
      clients.map(() => ({ reason: "draining", closesInMs: 15_000, reconnect: true })),
    );
    await moved[0]?.ask("send_message", { room, content: "here" });
    expect((await moved[1]?.event("chat_message"))?.payload).toMatchObject({ seq: 1 });
  });

  test("serves who does not move for as long as it said, then closes with 1012", async () => {
    await using servers = await TwoServers.start({ DRAIN_GRACE: "1000" });
    const [client] = (await connectTo(servers.blue, ["stayer"])) as [WsClient];
    await client.join(room);
    const stopped = servers.blue.stop();
    expect((await client.event("goodbye")).payload.closesInMs).toBe(1000);
    expect((await client.ask("send_message", { room, content: "still served" })).type).toBe(
      "message_response",
    );
    expect(await client.closed()).toBe(1012);
    await stopped;
    expect(servers.blue.hub.drain.status()).toMatchObject({ state: "drained", moved: 0, forced: 1 });
  });
});

test("a drain turns newcomers away until it is taken back, and who was told stays", async () => {
  await using servers = await TwoServers.start();
  const { blue } = servers;
  const [client] = (await connectTo(blue, ["stayer"])) as [WsClient];
  blue.hub.drain.begin({ ratePerSecond: 1000, graceMs: 5000 });
  await client.event("goodbye");
  for (const headers of [upgradeHeaders, {}]) {
    const refusal = await rawRequest(blue.socketUrl("newcomer"), "GET", headers);
    expect([refusal.status, JSON.parse(refusal.body).error.code]).toEqual([503, "draining"]);
    expect(Number(refusal.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect((await fetch(`${blue.url}health/ready`)).status).toBe(503);
  expect((await fetch(`${blue.url}health/live`)).status).toBe(200);

  blue.hub.drain.undrain();
  await client.event("stay");
  expect((await fetch(`${blue.url}health/ready`)).status).toBe(200);
  const [newcomer] = await connectTo(blue, ["newcomer"]);
  expect([newcomer?.isClosed, client.isClosed]).toEqual([false, false]);
});

test("clients behind one address wait for each other, and nobody else for them", async () => {
  await using servers = await TwoServers.start();
  const crowded = await connectTo(servers.blue, ids, "192.0.2.1");
  const [other] = await connectTo(servers.blue, ["other"], "192.0.2.2");
  servers.blue.hub.drain.begin({ ratePerSecond: 1000, graceMs: 60_000 });
  await other?.event("goodbye");
  const told = crowded.filter(({ frames }) => frames.some(({ type }) => type === "goodbye"));
  expect(told.length).toBeLessThan(10);
});

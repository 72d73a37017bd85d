import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { RawPeer } from "../support/raw-peer.ts";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";
import { ServerHome } from "../support/server-home.ts";
import type { SpawnedServer } from "../support/spawned-server.ts";
import { WsClient } from "../support/ws-client.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const room = "room:signals";
const exitMsMax = 3000;
const goodbye = { reason: "draining", closesInMs: 1000, reconnect: true };

function connectMany(home: ServerHome, count: number): Promise<WsClient[]> {
  const ids = Array.from({ length: count }, (_, index) => index);
  return Promise.all(ids.map((id) => WsClient.connect(`${home.url}/ws/chat/client-${id}`)));
}

/** Resolves with the exit code once the process is gone; fails if that takes too long. */
async function expectExit(server: SpawnedServer, signalledAt: number): Promise<number> {
  const exitCode = await server.exited();
  expect(performance.now() - signalledAt).toBeLessThan(exitMsMax);
  return exitCode;
}

describe.each(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
  test("tells everybody, serves them meanwhile, closes with 1012 and exits with 0", async () => {
    await using home = await ServerHome.create();
    const server = await home.start();
    const clients = await connectMany(home, 20);
    const author = clients[0] as WsClient;
    await author.join(room);

    const signalledAt = performance.now();
    server.signal(signal);
    const goodbyes = await Promise.all(clients.map((client) => client.event("goodbye")));
    expect(goodbyes.map(({ payload }) => payload)).toEqual(clients.map(() => goodbye));
    const ack = await author.ask("send_message", { room, content: "still served" });
    expect(ack).toMatchObject({ type: "message_response", payload: { seq: 1, duplicate: false } });
    expect(clients.some(({ isClosed }) => isClosed)).toBe(false);

    expect(await Promise.all(clients.map((client) => client.closed()))).toEqual(clients.map(() => 1012));
    expect(await expectExit(server, signalledAt)).toBe(0);
  });

  test("turns away whoever comes, from the first goodbye on", async () => {
    await using home = await ServerHome.create();
    const server = await home.start();
    const [client] = await connectMany(home, 1);
    server.signal(signal);
    await client?.event("goodbye");

    const ready = await fetch(`${home.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "draining" }]);
    for (const headers of [upgradeHeaders, {}]) {
      const refusal = await rawRequest(`${home.url}/ws/chat/newcomer`, "GET", headers);
      expect([refusal.status, JSON.parse(refusal.body).error.code]).toEqual([503, "draining"]);
      expect(Number(refusal.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect((await fetch(`${home.url}/health/live`)).status).toBe(200);
    expect(await server.exited()).toBe(0);
  });
});

test("what was acked during the drain is there afterwards", async () => {
  await using home = await ServerHome.create();
  const server = await home.start();
  const author = await WsClient.connect(`${home.url}/ws/chat/author`);
  await author.join(room);
  server.signal("SIGTERM");
  await author.event("goodbye");
  await author.ask("send_message", { room, content: "late" });
  await server.exited();
  await home.start();
  const reader = await WsClient.connect(`${home.url}/ws/chat/reader`);
  expect((await reader.join(room)).messages.map(({ content }) => content)).toEqual(["late"]);
});

test("a server without clients exits at once", async () => {
  await using home = await ServerHome.create();
  const server = await home.start();
  const { exitCode, output } = await server.stop();
  expect(output).toContain("server.stopped");
  expect(exitCode).toBe(0);
});

const seconds: [first: NodeJS.Signals, second: NodeJS.Signals, exitCode: number][] = [
  ["SIGTERM", "SIGTERM", 143],
  ["SIGINT", "SIGINT", 130],
  ["SIGTERM", "SIGINT", 130],
];
test.each(seconds)("%s, then %s, ends at once with %d", async (first, second, exitCode) => {
  await using home = await ServerHome.create();
  const server = await home.start();
  const [client] = await connectMany(home, 1);
  server.signal(first);
  await client?.event("goodbye");
  server.signal(second);
  expect(await server.exited()).toBe(exitCode);
  expect(await client?.closed()).toBe(1006);
});

test("a client that reads nothing delays nobody's exit", async () => {
  await using home = await ServerHome.create();
  const server = await home.start({ env: { SEND_BUFFER_BYTES: String(64 * 1024 * 1024) } });
  const deaf = await RawPeer.open(home.url);
  deaf.send({ type: "join", id: "join", payload: { rooms: [{ room }] } });
  await deaf.answer("join");
  deaf.pause();
  await publishMoreThanTheKernelHolds(home);

  const signalledAt = performance.now();
  server.signal("SIGTERM");
  expect(await expectExit(server, signalledAt)).toBe(0);
});

async function publishMoreThanTheKernelHolds(home: ServerHome): Promise<void> {
  const author = await WsClient.connect(`${home.url}/ws/chat/author`);
  await author.join(room);
  const content = "x".repeat(8000);
  for (let sent = 0; sent < 16 * 1024 * 1024; sent += 32 * content.length) {
    await Promise.all(Array.from({ length: 32 }, () => author.ask("send_message", { room, content })));
  }
}

const faults: [what: string, inject: string][] = [
  ["an uncaught exception", `setTimeout(() => { throw new Error("injected"); })`],
  ["an unhandled rejection", `void Promise.reject(new Error("injected"))`],
];
test.each(faults)("%s is logged, everybody is told, and the exit code is 70", async (_what, inject) => {
  await using home = await ServerHome.create();
  const preload = home.path("inject-fault.ts");
  await Bun.write(preload, `process.on("SIGUSR2", () => { ${inject}; });`);
  const server = await home.start({ bun: ["--preload", preload] });
  const [client] = await connectMany(home, 1);
  const signalledAt = performance.now();
  server.signal("SIGUSR2");
  expect((await client?.event("goodbye"))?.payload).toEqual(goodbye);
  expect(await client?.closed()).toBe(1012);
  expect(await expectExit(server, signalledAt)).toBe(70);
  expect(server.stdout).toContain(`process.failed error="Error: injected"`);
});

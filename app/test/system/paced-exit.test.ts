import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { hasRedis } from "../support/redis-server.ts";
import { ServersOnRedis } from "../support/servers-on-redis.ts";
import { unhurried } from "../support/unhurried.ts";
import { WsClient } from "../support/ws-client.ts";

// Servers and a Redis start here, on machines that may be busy.
setDefaultTimeout(60_000);

const graceMs = 20_000;

/** Two servers, both ready, and clients of the first. */
async function startTwo(env: Record<string, string> = {}, count = 3) {
  const all = await ServersOnRedis.start({ servers: 2, env: { DRAIN_GRACE: String(graceMs), ...env } });
  await Promise.all(all.urls.map(untilReady));
  const [url, nextUrl] = all.urls as [string, string];
  const ids = Array.from({ length: count }, (_, index) => `session-${index}`);
  const clients = await Promise.all(ids.map((id) => WsClient.connect(`${url}/ws/chat/${id}`)));
  const [leaving, staying] = all.servers as [(typeof all.servers)[0], (typeof all.servers)[0]];
  return {
    ids,
    clients,
    nextUrl,
    leaving,
    staying,
    [Symbol.asyncDispose]: () => all[Symbol.asyncDispose](),
  };
}

async function untilReady(url: string): Promise<void> {
  const isReady = async () => (await fetch(`${url}/health/ready`)).ok;
  await eventually("readiness", unhurried(isReady), { withinMs: 30_000 });
}

const told = (client: WsClient) => client.event("goodbye").then(({ payload }) => payload.closesInMs);

const lastTold = ({ frames }: WsClient) =>
  frames.findLast(({ type }) => type === "goodbye")?.payload.closesInMs;

describe.skipIf(!hasRedis)("SIGTERM where another process is ready (needs redis-server)", () => {
  test("clients have the whole grace, and the process ends with 0 when the last has moved", async () => {
    await using two = await startTwo();
    two.leaving.signal("SIGTERM");
    for (const [index, client] of two.clients.entries()) {
      expect(await told(client)).toBe(graceMs);
      await WsClient.connect(`${two.nextUrl}/ws/chat/${two.ids[index]}`);
      expect([two.leaving.isRunning, client.isClosed]).toEqual([true, false]);
      await client.close();
    }
    expect(await two.leaving.exited()).toBe(0);
    expect(two.leaving.output).toContain("moved=3 forced=0");
  });

  test("who does not move is closed with 1012 before the deadline, and the exit code is 0", async () => {
    await using two = await startTwo({ DRAIN_DEADLINE: "4000" });
    two.leaving.signal("SIGTERM");
    const closesInMs = await Promise.all(two.clients.map(told));
    expect(closesInMs.every((ms) => Number(ms) > 1000 && Number(ms) < 2000)).toBe(true);
    expect(await Promise.all(two.clients.map((client) => client.closed()))).toEqual([1012, 1012, 1012]);
    expect(await two.leaving.exited()).toBe(0);
  });

  test("a second signal ends it at once", async () => {
    await using two = await startTwo();
    two.leaving.signal("SIGTERM");
    await told(two.clients[0] as WsClient);
    two.leaving.signal("SIGTERM");
    expect(await two.leaving.exited()).toBe(143);
  });

  test("when that one dies, everybody is told to leave at once, and the process is gone a second later", async () => {
    await using two = await startTwo();
    two.leaving.signal("SIGTERM");
    expect(await Promise.all(two.clients.map(told))).toEqual([graceMs, graceMs, graceMs]);
    await two.staying.kill();
    const isHurried = () => two.clients.every((client) => lastTold(client) === 1000);
    await eventually("another goodbye", isHurried, { withinMs: 30_000 });
    expect(await Promise.all(two.clients.map((client) => client.closed()))).toEqual([1012, 1012, 1012]);
    expect(await two.leaving.exited()).toBe(0);
    expect(two.leaving.output).toContain("drain.abandoned");
  });
});

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { LiveSockets } from "../support/ledger/live-sockets.ts";
import { SdkLedger } from "../support/ledger/sdk-ledger.ts";
import { rawRequest } from "../support/raw-request.ts";
import { hasRedis } from "../support/redis-server.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { ServerHome } from "../support/server-home.ts";
import { isAlive, WorkersWorld } from "../support/workers-world.ts";
import { WsClient } from "../support/ws-client.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const writesMax = 1_000_000;
const settleMs = 20_000;

/** SDK clients that talk without a pause. */
async function talk(url: string, members = 6) {
  const sockets = new LiveSockets();
  const ledger = new SdkLedger({
    random: new SeededRandom(7),
    members,
    rooms: 4,
    writes: writesMax,
    client: { url, reconnectDelayMs: 20, reconnectDelayMaxMs: 200, WebSocket: sockets.WebSocket },
  });
  await ledger.start();
  await moreOf(ledger);
  return { sockets, ledger };
}

async function moreOf(ledger: SdkLedger): Promise<void> {
  const until = ledger.stored + 50;
  await eventually("more writes", () => ledger.stored >= until, { withinMs: settleMs });
}

async function finish(ledger: SdkLedger, url: string): Promise<void> {
  await moreOf(ledger);
  ledger.rest();
  await ledger.finish(url, settleMs);
  ledger[Symbol.dispose]();
}

/** A connection that a proxy would keep for its next request. */
async function keepAlive(port: number) {
  const [answered, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const socket = { data: () => answered.resolve(), close: () => closed.resolve() };
  const connection = await Bun.connect({ hostname: "127.0.0.1", port, socket });
  connection.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await answered.promise;
  return { closed: closed.promise };
}

describe.skipIf(!hasRedis)("a worker (needs redis-server)", () => {
  test("that is killed is back, and its users lose nothing", async () => {
    await using world = await WorkersWorld.start(2);
    const { ledger } = await talk(world.url);
    const counted = (await world.samples()).get("websocket_connections_opened_total") ?? 0;
    const workers = [...(await world.workers())];
    workers.sort((one, other) => (other.connections ?? 0) - (one.connections ?? 0));
    const [{ pid, connections = 0 } = { pid: 0 }] = workers;
    process.kill(pid, "SIGKILL");
    await world.untilServing(2, (workers) => workers.every((worker) => worker.pid !== pid));
    expect(world.server.output).toContain("worker.failed");
    const opened = async () => (await world.samples()).get("websocket_connections_opened_total") ?? 0;
    await eventually("everybody", async () => (await opened()) >= counted + connections);
    expect((await world.samples()).get('websocket_worker_ends_total{reason="failed"}')).toBe(1);
    await finish(ledger, world.url);
  });

  test("that ends again and again is started less and less often", async () => {
    await using world = await WorkersWorld.start(2);
    let last = 0;
    for (let round = 1; round <= 3; round += 1) {
      const workers = await world.untilServing(2, (all) => !all.some(({ pid }) => pid === last));
      last = workers.find(({ instance }) => instance !== "w-2")?.pid ?? 0;
      process.kill(last, "SIGKILL");
    }
    await world.untilServing(2, (all) => !all.some(({ pid }) => pid === last));
    const delays = [...world.server.output.matchAll(/worker\.delayed delayMs=(\d+)/g)].map(([, ms]) =>
      Number(ms),
    );
    expect(delays).toHaveLength(3);
    for (const [index, delay] of delays.entries()) {
      expect(delay).toBeGreaterThanOrEqual(50 * 2 ** index);
      expect(delay).toBeLessThanOrEqual(100 * 2 ** index);
    }
  });

  test("that is told to end by itself gives up its place first", async () => {
    await using world = await WorkersWorld.start(2);
    const { ledger, sockets } = await talk(world.url);
    const [{ pid } = { pid: 0 }] = await world.workers();
    process.kill(pid, "SIGTERM");
    await world.untilServing(2, (workers) => workers.every((worker) => worker.pid !== pid));
    expect(isAlive(pid)).toBe(false);
    expect((await world.samples()).get('websocket_worker_ends_total{reason="leaving"}')).toBe(1);
    await finish(ledger, world.url);
    expect([...sockets.interrupted]).toEqual([]);
  });

  test("that has too much memory is replaced without anybody noticing", async () => {
    await using world = await WorkersWorld.start(1, { env: { WORKER_MEMORY_LIMIT: "1000000" } });
    const { ledger, sockets } = await talk(world.url, 4);
    await eventually("a replacement", () => world.server.output.includes("worker.outgrown"));
    await eventually(
      "its end",
      async () => ((await world.samples()).get('websocket_worker_ends_total{reason="memory"}') ?? 0) > 0,
      { withinMs: settleMs },
    );
    await finish(ledger, world.url);
    expect([...sockets.interrupted]).toEqual([]);
  });
});

describe.skipIf(!hasRedis)("SIGHUP (needs redis-server)", () => {
  test.each([1, 2])("replaces %d of them under load, and nobody notices", async (count) => {
    await using world = await WorkersWorld.start(count);
    const { ledger, sockets } = await talk(world.url);
    const { pid } = world.server;
    const former = (await world.workers()).map((worker) => worker.pid);
    for (let reload = 1; reload <= 3 - count; reload += 1) {
      world.server.signal("SIGHUP");
      const isDone = () => world.server.output.split("reload.finished").length > reload;
      await eventually("the end of the reload", isDone, { withinMs: 30_000 });
      await moreOf(ledger);
    }
    const workers = await world.untilServing(count);
    expect(
      workers.map((worker) => worker.pid).filter((each) => former.includes(each) || each === pid),
    ).toEqual([]);
    await finish(ledger, world.url);
    expect([...sockets.interrupted]).toEqual([]);
    expect((await world.server.stop()).exitCode).toBe(0);
    expect(workers.map((worker) => worker.pid).filter(isAlive)).toEqual([]);
  });

  test("asked for again before it has ended, begins anew after that", async () => {
    await using world = await WorkersWorld.start(1);
    world.server.signal("SIGHUP");
    await eventually("its begin", () => world.server.output.includes("reload.started"));
    world.server.signal("SIGHUP");
    const isDone = () => world.server.output.split("reload.finished").length === 3;
    await eventually("the end of both", isDone, { withinMs: 30_000 });
    const workers = await world.untilServing(1);
    expect(workers.map(({ instance }) => instance)).toEqual(["w-2"]);
  });

  test.each([1, 2])("leaves the port of %d to those who are ready, while somebody stays", async (count) => {
    await using world = await WorkersWorld.start(count, { env: { DRAIN_GRACE: "2000" } });
    const stays = await world.connect();
    const kept = await keepAlive(world.home.port);
    world.server.signal("SIGHUP");
    await stays.event("goodbye");
    if (count === 1) await kept.closed;
    expect(stays.isClosed).toBe(false);
    for (let asked = 0; asked < 20; asked += 1) {
      const { status } = await rawRequest(`${world.url}/ws/chat/new-${asked}`, "GET", {});
      expect(status).toBe(426);
    }
    expect(await stays.ask("ping", {})).toMatchObject({ type: "pong" });
    expect(await stays.closed()).toBe(1012);
    await world.untilServing(count);
    await kept.closed;
  });

  test.each([1, 2])("changes nothing for %d where the new one cannot serve", async (count) => {
    const durable = ["--appendonly", "yes", "--appendfsync", "always"];
    await using world = await WorkersWorld.start(count, { redis: durable, env: { REDIS_ACK: "aof" } });
    const client = await world.connect("stays");
    await world.redis.ask("CONFIG", "SET", "appendfsync", "everysec");
    world.server.signal("SIGHUP");
    await eventually("the failure", () => world.server.output.includes("reload.failed"), {
      withinMs: 30_000,
    });
    expect(await client.ask("ping", {})).toMatchObject({ type: "pong" });
    expect((await fetch(`${world.url}/ws/chat/new`)).status).toBe(426);
    expect((await world.status()).connections).toBe(1);
    expect(world.server.isRunning).toBe(true);
  });
});

test("SIGHUP restarts a server with a database plainly, under the same id", async () => {
  await using home = await ServerHome.create();
  const server = await home.start();
  const author = await WsClient.connect(`${home.url}/ws/chat/author`);
  await author.join("room:kept");
  await author.ask("send_message", { room: "room:kept", content: "kept" });
  for (let restart = 1; restart <= 2; restart += 1) {
    server.signal("SIGHUP");
    await eventually("the restart", () => server.output.split("server.started").length > restart + 1, {
      withinMs: 30_000,
      describe: () => server.output,
    });
  }
  expect(await author.closed()).toBe(1012);
  expect(server.output).toContain("a database file serves one process at a time");
  const reader = await WsClient.connect(`${home.url}/ws/chat/reader`);
  expect((await reader.join("room:kept")).messages.map(({ content }) => content)).toEqual(["kept"]);
  expect((await server.stop()).exitCode).toBe(0);
});

test("SIGHUP is nothing to a server that was started to outlive its terminal", async () => {
  await using home = await ServerHome.create();
  const server = await home.start({ shell: "trap '' HUP" });
  server.signal("SIGHUP");
  expect((await fetch(`${home.url}/health/live`)).status).toBe(200);
  const { exitCode, output } = await server.stop();
  expect([exitCode, output.includes("server.restarted")]).toEqual([0, false]);
});

test.skipIf(Bun.which("script") === null)(
  "SIGHUP ends a server whose terminal is gone (needs script)",
  async () => {
    await using home = await ServerHome.create();
    const server = await home.start({ shell: `set -- script -qec "$*" ${home.path("typescript")}` });
    const [pid = 0] = await childrenOf(server.pid);
    await server.kill();
    await eventually("the end of the server", () => !isAlive(pid), { withinMs: 20_000 });
    const log = Bun.file(home.path(`logs/application-${new Date().toISOString().slice(0, 10)}.log`));
    expect(await log.text()).not.toContain("server.restarted");
  },
);

async function childrenOf(pid: number): Promise<number[]> {
  const text = await Bun.file(`/proc/${pid}/task/${pid}/children`).text();
  return text.trim().split(" ").map(Number);
}

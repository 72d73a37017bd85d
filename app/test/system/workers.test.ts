import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { ServerHome } from "../support/server-home.ts";
import { unhurried } from "../support/unhurried.ts";
import { instanceOf, isAlive, WorkersWorld } from "../support/workers-world.ts";
import type { WsClient } from "../support/ws-client.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const room = "room:workers";

describe.skipIf(!hasRedis)("workers behind one port (needs redis-server)", () => {
  test("are one server to those who chat, and to those who look on", async () => {
    await using world = await WorkersWorld.start(2, { env: { COLOR: "blue" } });
    const clients = await world.crowd(10);
    const [here] = clients as [WsClient];
    const there = clients.find((client) => instanceOf(client) !== instanceOf(here)) as WsClient;
    await Promise.all([here.join(room), there.join(room)]);
    await here.ask("send_message", { room, content: "across" });
    await eventually("the message", () => there.messages(room).length === 1);

    const count = clients.length;
    for (let asked = 0; asked < 8; asked += 1) {
      const samples = await world.samples();
      expect(samples.get("websocket_connections_total")).toBe(count);
      expect(samples.get("websocket_connections_opened_total")).toBe(count);
      expect(samples.get("websocket_workers")).toBe(2);
      for (const id of ["w-1", "w-2"])
        expect(samples.get(`websocket_build_info{version="0.1.0",instance_id="${id}"}`)).toBe(1);
    }
    const health = await (await fetch(`${world.url}/health`)).json();
    expect([health.status, health.connections, health.color]).toEqual(["healthy", count, "blue"]);
    const inWorkers = health.workers.map((worker: { connections: number }) => worker.connections);
    expect(inWorkers.length).toBe(2);
    expect(inWorkers[0] + inWorkers[1]).toBe(count);
    const sockets = await (await fetch(`${world.url}/health/websocket`)).json();
    expect(sockets.totalConnections).toBe(count);
  });

  test("are controlled together", async () => {
    await using world = await WorkersWorld.start(2);
    const clients = await world.crowd(6);
    const status = await world.status();
    expect([status.instance, status.ready, status.connections]).toEqual(["w", true, clients.length]);
    expect(status.workers?.map(({ instance }) => instance).sort()).toEqual(["w-1", "w-2"]);

    expect((await world.ask("POST", "drain")).drain.state).toBe("draining");
    for (let asked = 0; asked < 8; asked += 1) {
      expect((await fetch(`${world.url}/ws/chat/new-${asked}`)).status).toBe(503);
      expect(await (await fetch(`${world.url}/health/ready`)).json()).toEqual({ status: "draining" });
    }
    await Promise.all(clients.map((client) => client.event("goodbye")));
    expect((await world.ask("POST", "undrain")).drain.state).toBe("running");
    await Promise.all(clients.map((client) => client.event("stay")));
    for (let asked = 0; asked < 8; asked += 1)
      expect((await fetch(`${world.url}/ws/chat/new-${asked}`)).status).toBe(426);
  });

  test("leave out who does not answer, but for what it had counted, and replace it in the end", async () => {
    await using world = await WorkersWorld.start(2);
    const clients = await world.crowd(4);
    await world.samples();
    const [{ pid } = { pid: 0 }] = await world.workers();
    process.kill(pid, "SIGSTOP");
    const isSilent = async () => (await world.workers()).some(({ state }) => state === "silent");
    await eventually("its silence", unhurried(isSilent), { withinMs: 20_000 });
    expect((await world.status()).connections).toBeLessThan(clients.length);
    // The kernel goes on giving connections to it: some of those who ask wait in vain.
    const samples = await Promise.any(
      Array.from({ length: 16 }, () => world.samples(AbortSignal.timeout(20_000))),
    );
    const figure = (name: string) => samples.get(name) ?? 0;
    expect(figure("websocket_worker_answers_missed_total")).toBeGreaterThan(0);
    expect(figure("websocket_connections_opened_total")).toBe(clients.length);
    expect(figure("websocket_connections_total")).toBeLessThan(clients.length);
    await eventually("its end", () => !isAlive(pid), { withinMs: 60_000 });
    await world.untilServing(2);
    expect(world.server.output).toContain("reason=hung");
    expect((await world.samples()).get('websocket_worker_ends_total{reason="hung"}')).toBe(1);
  }, 150_000);

  test("a worker that comes during a drain takes nobody in", async () => {
    await using world = await WorkersWorld.start(2);
    await world.ask("POST", "drain");
    const [{ pid } = { pid: 0 }] = await world.workers();
    process.kill(pid, "SIGKILL");
    await world.untilServing(2, (workers) => workers.every((worker) => worker.pid !== pid));
    await eventually("the drain of the new one", async () => !(await world.status()).ready);
    for (let asked = 0; asked < 8; asked += 1)
      expect((await fetch(`${world.url}/ws/chat/new-${asked}`)).status).toBe(503);
  });

  test("end in order after SIGTERM, and leave nobody behind", async () => {
    await using world = await WorkersWorld.start(2);
    const clients = await world.crowd(6);
    const pids = (await world.workers()).map(({ pid }) => pid);
    world.server.signal("SIGTERM");
    const goodbyes = await Promise.all(clients.map((client) => client.event("goodbye")));
    expect(goodbyes.map(({ payload }) => payload.closesInMs)).toEqual(clients.map(() => 1000));
    expect(await Promise.all(clients.map((client) => client.closed()))).toEqual(clients.map(() => 1012));
    expect(await world.server.exited()).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("end at once after a second signal", async () => {
    await using world = await WorkersWorld.start(2);
    const clients = await world.crowd(4);
    const pids = (await world.workers()).map(({ pid }) => pid);
    world.server.signal("SIGINT");
    await clients[0]?.event("goodbye");
    world.server.signal("SIGINT");
    expect(await world.server.exited()).toBe(130);
    expect(await Promise.all(clients.map((client) => client.closed()))).toEqual(clients.map(() => 1006));
    await eventually("the end of the workers", () => !pids.some(isAlive));
  });

  test("end when their parent is gone, and leave the port to the next", async () => {
    await using world = await WorkersWorld.start(2);
    await world.crowd(4);
    const pids = (await world.workers()).map(({ pid }) => pid);
    await world.server.kill();
    await eventually("the end of the workers", () => !pids.some(isAlive), { withinMs: 20_000 });
    await world.home.start({ env: { REDIS_URL: world.redis.url, WORKERS: "2" } });
    await world.untilServing(2);
  });

  test("say that they are not ready while Redis is away, and are ready when it comes", async () => {
    await using redis = await RedisServer.create();
    await using home = await ServerHome.create();
    const { url } = await home.start({ env: { REDIS_URL: redis.url, WORKERS: "2" } });
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    await redis.start();
    await eventually("readiness", async () => (await fetch(`${url}/health/ready`)).ok, { withinMs: 20_000 });
  });

  test("what no worker could serve with ends all with 78", async () => {
    await using redis = await RedisServer.start();
    await using home = await ServerHome.create();
    const env = { REDIS_URL: redis.url, REDIS_ACK: "aof", WORKERS: "2" };
    const server = await home.spawn({ env });
    expect(await server.exited()).toBe(78);
    expect(server.stderr).toContain("appendfsync");
  });

  test("a port that others share is busy to us", async () => {
    await using world = await WorkersWorld.start(2);
    await using other = await ServerHome.create();
    for (const workers of ["1", "2"]) {
      const env = { REDIS_URL: world.redis.url, WORKERS: workers, PORT: String(world.home.port) };
      const server = await other.spawn({ env });
      expect(await server.exited()).toBe(78);
      expect(server.stderr).toContain("another program listens");
    }
  });
});

test("the embedded engine refuses to be shared, and says why", async () => {
  await using home = await ServerHome.create();
  const server = await home.spawn({ env: { WORKERS: "2" } });
  expect(await server.exited()).toBe(78);
  expect(server.stderr).toContain(
    'WORKERS="2": expected REDIS_URL beside it: a database file serves one process',
  );
});

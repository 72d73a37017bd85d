import { describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { unusedPort } from "../support/spawned-server.ts";
import { aPublish } from "./a-publish.ts";
import { start as fromStart, room, wide } from "./engine-world.ts";
import { type OpenEngine, RedisWorld } from "./redis-world.ts";

const withinMs = 30_000;

async function eventually(is: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await is())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await Bun.sleep(20);
  }
}

/** One that decides alone. Ends with its block. */
class Sentinel implements AsyncDisposable {
  readonly port = unusedPort();
  #process: Bun.Subprocess | null = null;
  #directory = "";

  static async watch(master: RedisServer): Promise<Sentinel> {
    const sentinel = new Sentinel();
    sentinel.#directory = await mkdtemp(join(tmpdir(), "holdline-sentinel-"));
    const path = join(sentinel.#directory, "sentinel.conf");
    const lines = [
      `port ${sentinel.port}`,
      "bind 127.0.0.1",
      `sentinel monitor main 127.0.0.1 ${master.port} 1`,
      "sentinel down-after-milliseconds main 500",
      "sentinel failover-timeout main 5000",
    ];
    await writeFile(path, lines.join("\n"));
    sentinel.#process = Bun.spawn(["redis-server", path, "--sentinel"], {
      stdout: "ignore",
      stderr: "inherit",
    });
    return sentinel;
  }

  async knows({ port }: RedisServer): Promise<boolean> {
    const redis = new Redis(this.port, "127.0.0.1", { retryStrategy: null });
    const replicas = await redis.call("SENTINEL", "REPLICAS", "main").catch(() => []);
    redis.disconnect();
    return JSON.stringify(replicas).includes(String(port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** Whether a replica has all that was written so far. */
async function isCopied(master: RedisServer): Promise<boolean> {
  await master.ask("SET", "mark", 1);
  return (await master.ask("WAIT", 1, 100)) === 1;
}

const isStored = async ({ engine }: OpenEngine) => (await engine.publish(aPublish())).ok;

/** A master, its replica and their Sentinel, and an engine that has stored something and listens. */
async function start() {
  const stack = new AsyncDisposableStack();
  const master = stack.use(await RedisServer.start("--repl-diskless-sync-delay", "0"));
  const replica = stack.use(await RedisServer.start("--replicaof", "127.0.0.1", String(master.port)));
  await eventually(() => isCopied(master), "the replica follows");
  const sentinel = stack.use(await Sentinel.watch(master));
  const world = stack.use(new RedisWorld(master));
  const open = await world.open("i1", { url: `redis+sentinel://127.0.0.1:${sentinel.port}/main` });
  await eventually(() => isStored(open), "the first is stored");
  await open.engine.subscribe(room);
  const before = await open.engine.head(room);
  await eventually(() => isCopied(master), "the replica has it");
  await eventually(() => sentinel.knows(replica), "the Sentinel knows the replica");
  return { master, replica, open, before, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe.skipIf(!hasRedis)("Sentinel (needs redis-server)", () => {
  test("names the master, and after a failover the new one: nobody who saw all of it is reset", async () => {
    await using failing = await start();
    const { master, open, before } = failing;
    await master.kill();
    await eventually(() => isStored(open), "the next is stored");
    const replay = await open.engine.replay(room, before, wide);
    expect(replay.recovered && replay.events[0]?.seq).toBe(before.seq + 1);
    expect(replay.epoch).not.toBe(before.epoch);
    expect((await open.engine.replay(room, fromStart, wide)).recovered).toBe(true);
    await eventually(
      async () => (await isStored(open)) && open.heard.some(({ seq }) => seq > before.seq + 1),
      "it hears",
    );
  }, 90_000);

  test("a master that hung until another took its place stores nothing more, and is one of the replicas", async () => {
    await using failing = await start();
    const { master, replica, open, before } = failing;
    master.freeze();
    const acked: string[] = [];
    const publish = async () => {
      const result = await open.engine.publish(aPublish());
      if (result.ok) acked.push(result.messageId);
      return result.ok;
    };
    await eventually(publish, "the next is stored");
    master.thaw();
    const isReplica = async () => ((await master.ask("ROLE")) as unknown[])[0] === "slave";
    await eventually(async () => (await publish()) && (await isReplica()), "the old master is a replica");
    for (let count = 0; count < 20; count += 1) await eventually(publish, "more is stored");
    const replay = await open.engine.replay(room, before, wide);
    const events = replay.recovered ? replay.events : [];
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => before.seq + 1 + index));
    expect(events.map(({ messageId }) => messageId)).toEqual(expect.arrayContaining(acked));
    expect(((await replica.ask("ROLE")) as unknown[])[0]).toBe("master");
    const last = acked.at(-1);
    await eventually(async () => open.heard.some(({ messageId }) => messageId === last), "it hears");
  }, 90_000);
});

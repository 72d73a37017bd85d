import { describe, expect, test } from "bun:test";
import { WatchedRedis } from "../support/redis-sentinel.ts";
import { hasRedis } from "../support/redis-server.ts";
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

const isStored = async ({ engine }: OpenEngine) => (await engine.publish(aPublish())).ok;

/** An engine that has stored something, which the replica has, and listens. */
async function start() {
  const world = new RedisWorld(await WatchedRedis.start());
  const { master, replica } = world.server;
  const open = await world.open("i1");
  await eventually(() => isStored(open), "the first is stored");
  await open.engine.subscribe(room);
  const before = await open.engine.head(room);
  await world.server.copied();
  return { master, replica, open, before, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
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

import { describe, expect, test } from "bun:test";
import type { PublishResult } from "../../src/chat/engine.ts";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { aPublish } from "./a-publish.ts";
import { room, seqsOf, start, wide } from "./engine-world.ts";
import { type OpenEngine, RedisWorld } from "./redis-world.ts";
import { until } from "./until.ts";

const unavailable = { ok: false, code: "unavailable" } as const;
/** A deadline of a second, and what a busy machine adds; not two after each other. */
const inTimeMs = 1950;

async function elapsed<T>(run: () => Promise<T>): Promise<[result: T, ms: number]> {
  const startedAt = performance.now();
  return [await run(), performance.now() - startedAt];
}

async function publishUntilStored({ engine }: OpenEngine): Promise<PublishResult> {
  let result = await engine.publish(aPublish());
  await until(async () => {
    if (!result.ok) result = await engine.publish(aPublish());
    return result.ok;
  }, "Redis takes a message again");
  return result;
}

/** It stores, reads and hears, what was stored before included. */
async function expectAllIsWell(open: OpenEngine, storedBefore: number): Promise<void> {
  const result = await publishUntilStored(open);
  expect(result).toMatchObject({ ok: true, seq: storedBefore + 1 });
  const replay = await open.engine.replay(room, start, wide);
  expect(replay.recovered && seqsOf(replay.events).length).toBe(storedBefore + 1);
  await until(async () => {
    await open.engine.publish(aPublish());
    return open.heard.some(({ seq }) => seq > storedBefore + 1);
  }, "it hears again");
  await until(
    () =>
      open.engine.probe().then(
        () => true,
        () => false,
      ),
    "the canary is heard",
  );
  expect(open.faults.at(-1) ?? null).toBeNull();
}

describe.skipIf(!hasRedis)("Redis away (needs redis-server)", () => {
  const absences: [
    what: string,
    begin: (server: RedisServer) => unknown,
    end: (s: RedisServer) => unknown,
  ][] = [
    ["says nothing", (server) => server.freeze(), (server) => server.thaw()],
    ["is paused", (server) => server.ask("CLIENT", "PAUSE", 2200, "ALL"), () => {}],
    ["was killed", (server) => server.kill(), (server) => server.start()],
    ["was stopped", (server) => server.stop(), (server) => server.start()],
  ];
  test.each(absences)(
    "%s: everything is answered within a second, and goes on after",
    async (_, begin, end) => {
      await using world = await RedisWorld.start("--appendonly", "yes", "--appendfsync", "always");
      const open = await world.open("i1");
      const { engine } = open;
      await engine.subscribe(room);
      await engine.publish(aPublish());
      await begin(world.server);
      const asked = () =>
        Promise.all([
          engine.publish(aPublish()),
          engine.control(
            { kind: "member_added", room: "group:a", userId: "u1" },
            { userId: "u2", at: 1, instance: "i1" },
          ),
          ...[
            engine.head(room),
            engine.subscribe("room:b"),
            engine.membership("group:a", "u1"),
            engine.probe(),
          ].map((answer) => answer.catch((error: Error) => error.name)),
        ]);
      const [answers, ms] = await elapsed(asked);
      expect(answers.slice(0, 2)).toEqual([unavailable, unavailable]);
      expect(answers.slice(2)).not.toContain(undefined);
      expect(ms).toBeLessThan(inTimeMs);
      expect((await elapsed(() => engine.publish(aPublish())))[1]).toBeLessThan(900);
      expect(open.faults.map((fault) => fault === null)).toEqual([false]);
      await end(world.server);
      // What was asked meanwhile may or may not have happened.
      await publishUntilStored(open);
      const { seq } = await engine.head(room);
      await expectAllIsWell(open, seq);
    },
    20_000,
  );

  test("silent for longer than a connection is worth: it is made anew", async () => {
    await using world = await RedisWorld.start();
    const open = await world.open("i1");
    await open.engine.subscribe(room);
    world.server.freeze();
    await open.engine.publish(aPublish());
    await until(() => open.engine.connections?.publisherConnected === false, "it is given up");
    world.server.thaw();
    await publishUntilStored(open);
    await expectAllIsWell(open, (await open.engine.head(room)).seq);
  }, 20_000);

  test("keeps nothing for later beyond what was under way", async () => {
    await using world = await RedisWorld.start();
    const { engine } = await world.open("i1");
    world.server.freeze();
    const results = await Promise.all(Array.from({ length: 5000 }, () => engine.publish(aPublish())));
    expect(results.filter(({ ok }) => ok)).toEqual([]);
    world.server.thaw();
    await until(async () => (await engine.publish(aPublish())).ok, "Redis takes a message again");
    expect((await engine.head(room)).seq).toBeLessThan(1000);
  }, 20_000);

  test("not there at the start: it is waited for", async () => {
    await using server = await RedisServer.create();
    await using world = new RedisWorld(server);
    const open = await world.open("i1");
    expect(await open.engine.publish(aPublish())).toEqual(unavailable);
    await server.start();
    await publishUntilStored(open);
    await open.engine.subscribe(room);
    await expectAllIsWell(open, 1);
  }, 20_000);

  test.each(["subscriber", "commands"])("the connection of the %s cut: it comes back", async (role) => {
    await using world = await RedisWorld.start();
    const open = await world.open("i1");
    await open.engine.subscribe(room);
    await publishUntilStored(open);
    expect(await world.server.cut(`:i1:${role}`)).toBe(1);
    await until(() => open.faults.length > 0, "it is noticed");
    await publishUntilStored(open);
    await expectAllIsWell(open, (await open.engine.head(room)).seq);
  });

  test("a room that was left while the subscriber was away is not heard again", async () => {
    await using world = await RedisWorld.start();
    const open = await world.open("i1");
    await open.engine.subscribe(room);
    await open.engine.subscribe("room:b");
    await world.server.cut(":i1:subscriber");
    await until(() => open.engine.connections?.subscriberConnected === false, "it is away");
    open.engine.unsubscribe(room);
    await until(() => open.engine.connections?.subscriberConnected === true, "it is back");
    await until(
      () =>
        open.engine.probe().then(
          () => true,
          () => false,
        ),
      "it hears",
    );
    const channels = (await world.server.ask("PUBSUB", "CHANNELS", "*bus")) as string[];
    expect(channels.map((name) => name.includes("room:b"))).toEqual([true]);
  });
});

describe.skipIf(!hasRedis)("Redis full (needs redis-server)", () => {
  test("nothing is stored, reads go on, and an operator is told once", async () => {
    await using world = await RedisWorld.start();
    const open = await world.open("i1");
    await publishUntilStored(open);
    await world.server.ask("CONFIG", "SET", "maxmemory", "1mb");
    for (let times = 0; times < 3; times += 1)
      expect(await open.engine.publish(aPublish({ content: "the text" }))).toEqual(
        unavailable as PublishResult,
      );
    expect(await open.engine.head(room)).toMatchObject({ seq: 1 });
    await open.engine.probe();
    expect(open.warnings).toEqual(["Redis refuses a chat_message: OOM"]);
    await world.server.ask("CONFIG", "SET", "maxmemory", "0");
    await publishUntilStored(open);
    expect(await open.engine.head(room)).toMatchObject({ seq: 2 });
  });
});

describe.skipIf(!hasRedis)("Redis forgets the scripts (needs redis-server)", () => {
  test("under load from two instances: what each stores is in its order", async () => {
    await using world = await RedisWorld.start();
    const opened = await Promise.all(["i1", "i2"].map((instance) => world.open(instance)));
    let isDone = false;
    const flushing = (async () => {
      while (!isDone) await world.server.ask("SCRIPT", "FLUSH");
    })();
    const stored = await Promise.all(opened.map(({ engine }) => publishInBursts(engine)));
    isDone = true;
    await flushing;
    for (const seqs of stored) expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
    expect(stored.flat().length).toBeGreaterThan(200);
  }, 20_000);
});

/** Where those were stored that were, in the order in which they were asked for. */
async function publishInBursts(engine: OpenEngine["engine"]): Promise<number[]> {
  const seqs: number[] = [];
  for (let burst = 0; burst < 100; burst += 1) {
    const asked: Promise<PublishResult>[] = [];
    for (let index = 0; index < 20; index += 1) {
      asked.push(engine.publish(aPublish()));
      if (index % 5 === 0) await Promise.resolve();
      if (index % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    for (const result of await Promise.all(asked)) if (result.ok) seqs.push(result.seq);
  }
  return seqs;
}

describe.skipIf(!hasRedis)("a Redis that comes back otherwise (needs redis-server)", () => {
  test("without what an ack promises: nothing is stored until it is put right", async () => {
    await using world = await RedisWorld.start();
    const { server } = world;
    const makeDurable = async () => {
      await server.ask("CONFIG", "SET", "appendfsync", "always");
      await server.ask("CONFIG", "SET", "appendonly", "yes");
    };
    await makeDurable();
    const open = await world.open("i1", { ack: "aof" });
    await publishUntilStored(open);
    await server.lose();
    await until(() => open.warnings.some((warning) => warning.startsWith("REDIS_ACK=aof")), "it is noticed");
    expect(await open.engine.publish(aPublish())).toEqual(unavailable);
    await expect(open.engine.probe()).rejects.toThrow("REDIS_ACK=aof");
    await makeDurable();
    await open.engine.probe();
    await publishUntilStored(open);
  });

  test("empty: it is given the secret that guests were told by", async () => {
    await using world = await RedisWorld.start();
    const open = await world.open("i1");
    const secret = await open.engine.installSecret();
    await world.server.lose();
    await publishUntilStored(open);
    const other = await world.open("i2");
    expect(await other.engine.installSecret()).toEqual(secret);
  });
});

import { describe, expect, test } from "bun:test";
import type { Engine, Position } from "../../src/chat/engine.ts";
import { controlRoom } from "../../src/chat/engine-people.ts";
import { RedisProxy } from "../support/redis-proxy.ts";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { aPublish } from "./a-publish.ts";
import { room, seqsOf, start, wide } from "./engine-world.ts";
import { RedisWorld } from "./redis-world.ts";
import { until } from "./until.ts";

const durable = ["--appendonly", "yes", "--appendfsync", "always"];

/** How a message was stored, however often it takes. */
async function publish(engine: Engine): Promise<Position & { readonly messageId: string }> {
  const message = aPublish({ commandId: crypto.randomUUID() });
  let result = await engine.publish(message);
  await until(async () => {
    if (!result.ok) result = await engine.publish(message);
    return result.ok;
  }, "it is stored");
  if (!result.ok) throw new Error(result.code);
  return result;
}

async function publishAll(engine: Engine, count: number): Promise<Position> {
  for (let left = count - 1; left > 0; left -= 1) await publish(engine);
  return await publish(engine);
}

/** What a position comes to: the seqs that follow, or why there are none. */
async function replay(engine: Engine, after: Position): Promise<readonly number[] | string> {
  const answer = await engine.replay(room, after, wide);
  return answer.recovered ? seqsOf(answer.events) : answer.reason;
}

async function headWhenBack(engine: Engine, log: string = room): Promise<Position> {
  let head: Position | null = null;
  await until(async () => {
    head = await engine.head(log).catch(() => null);
    return head !== null;
  }, "Redis is back");
  return head as unknown as Position;
}

describe.skipIf(!hasRedis)("a Redis that comes back (needs redis-server)", () => {
  test("with everything resets nobody", async () => {
    await using world = await RedisWorld.start(...durable);
    const { engine } = await world.open("i1");
    const { epoch } = await publishAll(engine, 5);
    await world.server.kill();
    await world.server.start();
    const head = await headWhenBack(engine);
    expect([head.seq, head.epoch === epoch]).toEqual([5, false]);
    expect(await replay(engine, { epoch, seq: 5 })).toEqual([]);
    expect(await replay(engine, { epoch, seq: 3 })).toEqual([4, 5]);
    expect(await replay(engine, { epoch, seq: 6 })).toBe("epoch");
    expect(await replay(engine, { ...head, seq: 6 })).toBe("epoch");
    expect(await publish(engine)).toMatchObject({ epoch: head.epoch, seq: 6 });
    expect(await replay(engine, { epoch, seq: 5 })).toEqual([6]);
    expect(await replay(engine, { epoch, seq: 6 })).toBe("epoch");
  });

  test("older resets those who had seen more", async () => {
    await using world = await RedisWorld.start();
    const { engine } = await world.open("i1");
    const { epoch } = await publishAll(engine, 3);
    await world.server.snapshot();
    await publishAll(engine, 2);
    await world.server.restore();
    await until(async () => engine.connections?.publisherConnected === true, "it is back");
    const heads = await engine.heads?.([room, "room:none"]);
    expect(heads).toEqual([await engine.head(room), { epoch: "", seq: 0 }]);
    expect([heads?.[0]?.seq, heads?.[0]?.epoch === epoch]).toEqual([3, false]);
    const again = await publish(engine);
    expect([again.seq, again.epoch === epoch]).toEqual([4, false]);
    const verdicts = [0, 1, 3, 4, 5].map((seq) => replay(engine, { epoch, seq }));
    expect(await Promise.all(verdicts)).toEqual([[1, 2, 3, 4], [2, 3, 4], [4], "epoch", "epoch"]);
  });

  test("with nothing resets everybody who had seen anything", async () => {
    await using world = await RedisWorld.start();
    const { engine } = await world.open("i1");
    const { epoch } = await publishAll(engine, 2);
    await world.server.lose();
    expect(await headWhenBack(engine)).toEqual({ epoch: "", seq: 0 });
    expect(await replay(engine, { epoch, seq: 1 })).toBe("epoch");
    const again = await publish(engine);
    expect([again.seq, again.epoch === epoch]).toEqual([1, false]);
    expect(await replay(engine, { epoch, seq: 1 })).toBe("epoch");
    expect(await replay(engine, start)).toEqual([1]);
  });

  test("as a replica that lagged resets those who had seen what it lacked", async () => {
    await using master = await RedisServer.start("--repl-diskless-sync-delay", "0");
    await using replica = await RedisServer.start("--replicaof", "127.0.0.1", String(master.port));
    await using proxy = await RedisProxy.start(master.port);
    await using world = new RedisWorld(master);
    const { engine } = await world.open("i1", { url: proxy.url });
    const { epoch } = await publishAll(engine, 3);
    await until(async () => (await master.ask("WAIT", 1, 100)) === 1, "the replica has it");
    await replica.ask("REPLICAOF", "NO", "ONE");
    await publishAll(engine, 2);
    await master.kill();
    proxy.moveTo(replica.port);
    const again = await publish(engine);
    expect([again.seq, again.epoch === epoch]).toEqual([4, false]);
    const verdicts = [1, 3, 4, 5].map((seq) => replay(engine, { epoch, seq }));
    expect(await Promise.all(verdicts)).toEqual([[2, 3, 4], [4], "epoch", "epoch"]);
  });

  test("has its control log fenced as any", async () => {
    await using world = await RedisWorld.start();
    const { engine } = await world.open("i1");
    const change = (userId: string) =>
      engine.control(
        { kind: "member_added", room: "group:a", userId },
        { userId: "u9", at: 1, instance: "i1" },
      );
    const first = await change("u1");
    await world.server.snapshot();
    await change("u2");
    await world.server.restore();
    const head = await headWhenBack(engine, controlRoom);
    expect([head.seq, first.ok && head.epoch === first.epoch]).toEqual([1, false]);
    expect([await engine.membership("group:a", "u1"), await engine.membership("group:a", "u2")]).toEqual([
      { isMember: true, changedAt: 1 },
      null,
    ]);
  });

  test("often remembers eight lives of a log", async () => {
    await using world = await RedisWorld.start();
    const { engine } = await world.open("i1");
    const lives = [await publish(engine)];
    const live = async () => {
      await world.server.ask("HSET", `test:1:{${room.length}:${room}}:meta`, "run", "another");
      lives.push(await publish(engine));
    };
    for (let count = 0; count < 8; count += 1) await live();
    expect(new Set(lives.map(({ epoch }) => epoch)).size).toBe(9);
    expect(await replay(engine, lives[0] as Position)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    await live();
    expect(await replay(engine, lives[0] as Position)).toBe("epoch");
    expect(await replay(engine, lives[1] as Position)).toHaveLength(8);
  });

  const seed = Number(process.env.FENCING_SEED ?? Math.floor(Math.random() * 2 ** 32));
  test(`in any way: a position is valid if and only if what it had seen is still there (FENCING_SEED=${seed})`, async () => {
    await using world = await RedisWorld.start();
    await runFencing(world, new SeededRandom(seed));
  }, 30_000);
});

/** A position and what led there. */
interface Past extends Position {
  readonly seen: readonly string[];
}

async function runFencing(world: RedisWorld, random: SeededRandom): Promise<void> {
  const { server } = world;
  const { engine } = await world.open("i1");
  const pasts: Past[] = [];
  const places = new Map<string, string>();
  let log: string[] = [];
  let saved: string[] = [];
  await server.snapshot();
  const comebacks = [
    async () => {
      await server.snapshot();
      await server.restore();
      saved = log;
    },
    async () => {
      await server.restore();
      log = saved;
    },
    async () => {
      await server.snapshot();
      saved = log;
    },
  ];
  for (let round = 0; round < 12; round += 1) {
    for (let count = random.below(4); count > 0; count -= 1) {
      const { epoch, seq, messageId } = await publish(engine);
      log = [...log, messageId];
      expect([seq, places.get(`${epoch} ${seq}`)]).toEqual([log.length, undefined]);
      places.set(`${epoch} ${seq}`, messageId);
      pasts.push({ epoch, seq, seen: log });
    }
    await comebacks[random.below(comebacks.length)]?.();
    await headWhenBack(engine);
    if (random.chance(0.3)) await expectFenced(engine, pasts, log, await livesOf(engine, world));
  }
  await expectFenced(engine, pasts, log, await livesOf(engine, world));
}

/** Epochs of which something is known still. */
async function livesOf(engine: Engine, { server }: RedisWorld): Promise<ReadonlySet<string>> {
  const { epoch } = await engine.head(room);
  const former = await server.ask("HGET", `test:1:{${room.length}:${room}}:meta`, "lives");
  return new Set([
    epoch,
    ...String(former)
      .split(",")
      .map((life) => life.split(" ")[0] ?? ""),
  ]);
}

async function expectFenced(
  engine: Engine,
  pasts: readonly Past[],
  log: readonly string[],
  lives: ReadonlySet<string>,
): Promise<void> {
  for (const { epoch, seq, seen } of pasts) {
    const isThere = seen.every((messageId, index) => log[index] === messageId) && seq <= log.length;
    const answer = await replay(engine, { epoch, seq });
    const isKnown = lives.has(epoch);
    expect([epoch, seq, answer !== "epoch"]).toEqual([epoch, seq, isThere && isKnown]);
    if (answer !== "epoch") expect(answer).toEqual(log.slice(seq).map((_, index) => seq + 1 + index));
  }
}

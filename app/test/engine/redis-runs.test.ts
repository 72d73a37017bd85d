import { describe, expect, test } from "bun:test";
import type { Position } from "../../src/chat/engine.ts";
import { eventually } from "../support/eventually.ts";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { aPublish } from "./a-publish.ts";
import { room, seqsOf, wide } from "./engine-world.ts";
import { type OpenEngine, RedisWorld } from "./redis-world.ts";

const of = `test:1:{${room.length}:${room}}:`;
const patient = { withinMs: 30_000 };
const atOnce = ["--repl-diskless-sync-delay", "0"];

async function publish({ engine }: OpenEngine): Promise<Position> {
  let stored: Position | null = null;
  const isStored = async () => {
    const result = await engine.publish(aPublish());
    if (result.ok) stored = result;
    return result.ok;
  };
  await eventually("it is stored", isStored, patient);
  return stored as unknown as Position;
}

async function replay({ engine }: OpenEngine, after: Position): Promise<readonly number[] | string> {
  const answer = await engine.replay(room, after, wide);
  return answer.recovered ? seqsOf(answer.events) : answer.reason;
}

const hasEvents = (server: RedisServer, count: number) => async () =>
  (await server.ask("XLEN", `${of}log`)) === count;

describe.skipIf(!hasRedis)("another run of a Redis (needs redis-server)", () => {
  test("is one that was master, took its replica's shorter log, and is master again without a restart", async () => {
    await using world = await RedisWorld.start(...atOnce);
    const { server } = world;
    await using replica = await RedisServer.start(...atOnce, "--replicaof", "127.0.0.1", String(server.port));
    const open = await world.open("i1");
    const known = await publish(open);
    await eventually("the replica has it", hasEvents(replica, 1), patient);
    await replica.ask("REPLICAOF", "NO", "ONE");
    const lost = await publish(open);
    await server.ask("REPLICAOF", "127.0.0.1", replica.port);
    await eventually("it has only that", hasEvents(server, 1), patient);
    await server.ask("REPLICAOF", "NO", "ONE");
    const next = await publish(open);
    expect([lost.seq, next.seq, next.epoch === lost.epoch]).toEqual([2, 2, false]);
    expect([await replay(open, known), await replay(open, lost)]).toEqual([[2], "epoch"]);
  }, 60_000);

  test("is not one of which a former version noted the run_id", async () => {
    await using world = await RedisWorld.start();
    const open = await world.open("i1");
    const first = await publish(open);
    const run = /run_id:(\w+)/.exec(String(await world.server.ask("INFO", "server")))?.[1] ?? "";
    await world.server.ask("HSET", `${of}meta`, "run", run);
    expect((await publish(open)).epoch).toBe(first.epoch);
    expect((await open.engine.heads?.([room]))?.[0]?.epoch).toBe(first.epoch);
  });
});

import type { RedisServer } from "../../test/support/redis-server.ts";
import { type Bench, withServer } from "../bench.ts";
import { openSockets } from "../load/open-sockets.ts";
import { type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT } from "../servers.ts";
import { startMeter, type Usage } from "../usage.ts";
import { preparePublishers } from "./stored.ts";

const SESSIONS = 5000;
const QUICK_SESSIONS = 1000;
const SCANNED_AT_ONCE = 1000;

type Kept = { perSession: number; perMessage: number; perRecord: number; usage: Usage };

/** What a Redis keeps of sessions and of messages, by its own account. */
export async function measureRedisMemory(bench: Bench): Promise<Row[]> {
  const sessions = bench.isQuick ? QUICK_SESSIONS : SESSIONS;
  const ours: Kept[] = [];
  for (let round = 0; round < bench.rounds; round++) ours.push(await measureRound(bench, sessions));
  const row = (what: string, figureOf: (kept: Kept) => number) =>
    toRow({ ours, raw: [] }, figureOf, { what, unit: "bytes" });
  return [
    row("Redis's memory per idle session, joined to one room", ({ perSession }) => perSession),
    row("Redis's memory per stored message of 100 characters", ({ perMessage }) => perMessage),
    row("  and for 15 minutes the record of its command", ({ perRecord }) => perRecord),
  ];
}

async function measureRound(bench: Bench, sessions: number): Promise<Kept> {
  await using redis = await bench.servers.startRedis();
  return await withServer(bench, "ours", { ...NO_HEARTBEAT, REDIS_URL: redis.url }, async (server) => {
    const meter = startMeter(server.pid);
    const empty = await usedBytes(redis);
    await openSockets(bench.loop, server.port, Array<string[]>(sessions).fill(["room:idle"]));
    const perSession = ((await usedBytes(redis)) - empty) / sessions;
    const publish = await preparePublishers(bench, server);
    const before = await usedBytes(redis);
    const { messages } = await publish();
    const withRecords = await usedBytes(redis);
    await forgetCommands(redis);
    const after = await usedBytes(redis);
    const perRecord = (withRecords - after) / messages;
    return { perSession, perMessage: (after - before) / messages, perRecord, usage: meter() };
  });
}

/** Without what its connections need at the moment. */
async function usedBytes(redis: RedisServer): Promise<number> {
  const info = String(await redis.ask("INFO", "memory"));
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1]);
  return read("used_memory") - read("mem_clients_normal");
}

/** As if their time was over. */
async function forgetCommands(redis: RedisServer): Promise<void> {
  let cursor = "0";
  do {
    const scan = ["SCAN", cursor, "MATCH", "*:command:*", "COUNT", String(SCANNED_AT_ONCE)] as const;
    const [next, keys] = (await redis.ask(...scan)) as [string, string[]];
    if (keys.length > 0) await redis.ask("DEL", ...keys);
    cursor = next;
  } while (cursor !== "0");
}

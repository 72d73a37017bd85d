import type { RedisServer } from "../../test/support/redis-server.ts";
import { type Bench, compare } from "../bench.ts";
import { budgets } from "../budgets.ts";
import type { Both } from "../in-turn.ts";
import { IN_FLIGHT_MAX } from "../load/command-sender.ts";
import type { Published } from "../load/publish.ts";
import { PER_CPU_SECOND, type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT, type Server } from "../servers.ts";
import type { Usage } from "../usage.ts";
import { preparePublishers, ROOMS } from "./stored.ts";

const AOF = ["--appendonly", "yes", "--appendfsync", "always"];
const MICROSECONDS = 1e6;
/** Few enough that rooms are full before the first round that counts: then each message makes an old one go. */
const KEPT = 1000;
const QUICK_KEPT = 200;

type Stored = Published & { redisCpuSeconds: number };

/** As `stored`, through a Redis beside the load, into rooms that are full; what an ack means is beside each. */
export async function measureRedis(bench: Bench): Promise<Row[]> {
  const inMemory = await measureWith(bench, "memory", "in Redis's memory", budgets.storedRedis);
  return [...inMemory, ...(await measureWith(bench, "aof", "on Redis's disk", undefined, AOF))];
}

async function measureWith(
  bench: Bench,
  ack: "memory" | "aof",
  where: string,
  budget: Row["budget"],
  options: readonly string[] = [],
): Promise<Row[]> {
  await using redis = await bench.servers.startRedis(...options);
  const kept = { HISTORY_MAX_MESSAGES: String(bench.isQuick ? QUICK_KEPT : KEPT) };
  const environment = { ...NO_HEARTBEAT, ...kept, REDIS_URL: redis.url, REDIS_ACK: ack };
  const figures = await compare(bench, environment, (server) => prepare(bench, redis, server));
  const what = `stored ${where} and acked, ${ROOMS} rooms, ${IN_FLIGHT_MAX} in flight each`;
  const bound = budget === undefined ? {} : { budget };
  return [
    toRow(figures, ({ messagesPerSecond }) => messagesPerSecond, { what, unit: "messages/s", ...bound }),
    toRow(figures, ({ messages, usage }) => messages / usage.serverCpuSeconds, {
      what: PER_CPU_SECOND,
      unit: "messages/s",
    }),
    redisCpuRow(figures),
  ];
}

async function prepare(bench: Bench, redis: RedisServer, server: Server): Promise<() => Promise<Stored>> {
  const publish = await preparePublishers(bench, server);
  return async () => {
    const before = await cpuSecondsOf(redis);
    const { usage, ...published } = await publish();
    const redisCpuSeconds = (await cpuSecondsOf(redis)) - before;
    return { ...published, usage: withoutRedis(usage, redisCpuSeconds), redisCpuSeconds };
  };
}

/** Nobody else took that: it disturbs no round. */
function withoutRedis(usage: Usage, redisCpuSeconds: number): Usage {
  return { ...usage, otherCpuSeconds: Math.max(0, usage.otherCpuSeconds - redisCpuSeconds) };
}

/** What the one thread that carries out commands has taken. */
async function cpuSecondsOf(redis: RedisServer): Promise<number> {
  const info = String(await redis.ask("INFO", "cpu"));
  const parts = [...info.matchAll(/used_cpu_(?:user|sys)_main_thread:([\d.]+)/g)];
  return parts.reduce((total, [, seconds]) => total + Number(seconds), 0);
}

/** With a core of its own Redis takes as many per second as this goes into one. */
function redisCpuRow({ ours }: Both<Stored>): Row {
  const cost = ({ redisCpuSeconds, messages }: Stored) => (redisCpuSeconds * MICROSECONDS) / messages;
  return toRow({ ours, raw: [] }, cost, { what: "  Redis's CPU per message", unit: "µs" });
}

import { RedisServer } from "../../test/support/redis-server.ts";
import { type Bench, compare } from "../bench.ts";
import { budgets } from "../budgets.ts";
import { IN_FLIGHT_MAX } from "../load/command-sender.ts";
import { PER_CPU_SECOND, type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT } from "../servers.ts";
import { preparePublishers, ROOMS } from "./stored.ts";

const AOF = ["--appendonly", "yes", "--appendfsync", "always"];

/** As `stored`, through a Redis beside the load; what an ack means is beside each. */
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
  await using redis = await RedisServer.start("--maxmemory-policy", "noeviction", ...options);
  const environment = { ...NO_HEARTBEAT, REDIS_URL: redis.url, REDIS_ACK: ack };
  const figures = await compare(bench, environment, (server) => preparePublishers(bench, server));
  const what = `stored ${where} and acked, ${ROOMS} rooms, ${IN_FLIGHT_MAX} in flight each`;
  const bound = budget === undefined ? {} : { budget };
  return [
    toRow(figures, ({ messagesPerSecond }) => messagesPerSecond, { what, unit: "messages/s", ...bound }),
    toRow(
      figures,
      ({ messagesPerSecond, usage }) => (messagesPerSecond * usage.seconds) / usage.serverCpuSeconds,
      {
        what: PER_CPU_SECOND,
        unit: "messages/s",
      },
    ),
  ];
}

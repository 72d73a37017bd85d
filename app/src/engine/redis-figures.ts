import type { Redis } from "ioredis";
import type { RedisFigures } from "../telemetry/store-metrics.ts";
import { isDurable, type RedisAck, readSettings } from "./redis-settings.ts";
import { within } from "./within.ts";

/** A scrape waits no longer for Redis. */
const figuresMs = 1000;

/** Never rejects; null where Redis does not answer, or not in time. */
export async function readRedisFigures(nodes: readonly Redis[], ack: RedisAck): Promise<RedisFigures | null> {
  try {
    const asked = Promise.all(nodes.map((redis) => askFigures(redis, ack)));
    return (await within(figuresMs, asked, "Redis' figures")).reduce(sum);
  } catch {
    return null;
  }
}

async function askFigures(redis: Redis, ack: RedisAck): Promise<RedisFigures> {
  const [info, settings] = await Promise.all([redis.info(), ack === "aof" ? readSettings(redis) : null]);
  const figures = new Map(info.split("\r\n").map((line) => line.split(":", 2) as [string, string]));
  const number = (name: string) => Number(figures.get(name) ?? 0);
  const isWritten = figures.get("aof_last_write_status") === "ok";
  return {
    memoryUsedBytes: number("used_memory"),
    memoryMaxBytes: number("maxmemory"),
    clients: number("connected_clients"),
    commandsProcessed: number("total_commands_processed"),
    keysEvicted: number("evicted_keys"),
    uptimeSeconds: number("uptime_in_seconds"),
    isDurable: ack === "aof" ? settings !== null && isDurable(settings) && isWritten : null,
  };
}

/** What one node of a cluster may lose is lost to all. */
function sum(one: RedisFigures, other: RedisFigures): RedisFigures {
  const isKept = one.isDurable !== null && other.isDurable !== null;
  return {
    memoryUsedBytes: one.memoryUsedBytes + other.memoryUsedBytes,
    memoryMaxBytes: one.memoryMaxBytes + other.memoryMaxBytes,
    clients: one.clients + other.clients,
    commandsProcessed: one.commandsProcessed + other.commandsProcessed,
    keysEvicted: one.keysEvicted + other.keysEvicted,
    uptimeSeconds: Math.min(one.uptimeSeconds, other.uptimeSeconds),
    isDurable: isKept ? one.isDurable && other.isDurable : null,
  };
}

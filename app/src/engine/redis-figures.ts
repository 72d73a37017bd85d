import type { Redis } from "ioredis";
import type { RedisFigures } from "../telemetry/store-metrics.ts";
import { isDurable, type RedisAck, readSettings } from "./redis-settings.ts";
import { within } from "./within.ts";

/** A scrape waits no longer for Redis. */
const figuresMs = 1000;

/** Never rejects; null where Redis does not answer, or not in time. */
export async function readRedisFigures(redis: Redis, ack: RedisAck): Promise<RedisFigures | null> {
  try {
    return await within(figuresMs, askFigures(redis, ack), "Redis' figures");
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

import type { Redis } from "ioredis";
import { EngineUnusable } from "./engine-unusable.ts";

/** What an ack of this instance means: executed, or on disk. */
export type RedisAck = "memory" | "aof";

const names = ["appendonly", "appendfsync", "maxmemory-policy"] as const;
export type RedisSettings = Readonly<Record<(typeof names)[number], string>>;

/**
 * Checks that Redis keeps what an ack promises: throws EngineUnusable where it does not. Answers what an operator should
 * know of besides. A managed Redis may refuse CONFIG: then nothing can be promised beyond `memory`.
 */
export async function checkSettings(redis: Redis, ack: RedisAck): Promise<readonly string[]> {
  const settings = await readSettings(redis);
  if (settings === null) {
    if (ack === "aof") throw new EngineUnusable(`REDIS_ACK=aof: ${unreadable}, so it cannot be promised`);
    return [`${unreadable}: make sure that its maxmemory-policy is noeviction`];
  }
  if (ack === "aof" && !isDurable(settings))
    throw new EngineUnusable(
      `REDIS_ACK=aof: Redis runs with appendonly ${settings.appendonly} and appendfsync ${settings.appendfsync}; ` +
        "set appendonly yes and appendfsync always, or REDIS_ACK=memory",
    );
  return settings["maxmemory-policy"] === "noeviction" ? [] : [evicting(settings["maxmemory-policy"])];
}

/** Whether every write is on disk before it is answered. */
export function isDurable({ appendonly, appendfsync }: RedisSettings): boolean {
  return appendonly === "yes" && appendfsync === "always";
}

const unreadable = "Redis does not let its settings be read (CONFIG)";

const evicting = (policy: string): string =>
  `Redis runs with maxmemory-policy ${policy}: when its memory is full it drops what users wrote; set noeviction`;

/** Null: Redis does not let them be read. */
export async function readSettings(redis: Redis): Promise<RedisSettings | null> {
  try {
    const values = await Promise.all(names.map((name) => redis.config("GET", name)));
    return Object.fromEntries(values.map((pair) => pair as [string, string])) as RedisSettings;
  } catch (error) {
    if (!/NOPERM|unknown command|not allowed/i.test(String(error))) throw error;
    return null;
  }
}

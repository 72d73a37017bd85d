import type { Cluster, Redis } from "ioredis";
import { openRedisEngine } from "../../src/engine/redis.ts";
import type { EngineStore } from "./engine-world.ts";

interface Place {
  readonly url: string;
  /** A client of the tests' own. */
  readonly redis: Redis | Cluster;
}

/** Makes one empty store after another on a Redis, or a cluster. */
export class RedisEngineStores {
  readonly #place: () => Place;
  #count = 0;

  constructor(place: () => Place) {
    this.#place = place;
  }

  async make(): Promise<EngineStore> {
    this.#count += 1;
    const prefix = `test-${this.#count}`;
    return {
      open: (retention) =>
        openRedisEngine({
          url: this.#place().url,
          prefix,
          ack: "memory",
          instance: "i1",
          historyMessagesMax: 10_000,
          historyTtlMs: 0,
          ...retention,
        }),
      appendForeign: (room, kind, rest) => this.#appendForeign(prefix, room, kind, rest),
      remove: async () => {},
    };
  }

  async #appendForeign(prefix: string, room: string, kind: string, rest: string): Promise<void> {
    const redis = this.#place().redis as Redis;
    const of = `${prefix}:1:{${room.length}:${room}}:`;
    const seq = await redis.hincrby(`${of}meta`, "seq", 1);
    const entry = JSON.stringify({ v: 2, instance: "i9", socket: 0, commandId: null, rest });
    const fields = ["k", kind, "m", "no-message", "a", "u9", "t", Date.now(), "e", entry];
    await redis.xadd(`${of}log`, `${seq}-0`, ...fields);
  }
}

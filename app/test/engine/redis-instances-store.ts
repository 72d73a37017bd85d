import { Redis } from "ioredis";
import type { Engine } from "../../src/chat/engine.ts";
import type { RedisEngineOptions } from "../../src/engine/redis.ts";
import { openRedisEngine } from "../../src/engine/redis.ts";
import { RedisGate } from "../support/redis-gate.ts";
import type { InstancesStore } from "./instances-world.ts";

/** Shorter than they are, and long enough for a machine that is busy. */
export const leaseTimes = { lease: 1500, renewal: 150, grace: 300 };

let stores = 0;

/** Instances on a real Redis, each through a gate of its own. */
export class RedisInstancesStore implements InstancesStore {
  readonly prefix = `instances-${++stores}`;
  readonly redis: Redis;
  readonly #url: string;
  readonly #gates = new Map<string, RedisGate>();

  constructor(url: string) {
    this.#url = url;
    this.redis = new Redis(url);
  }

  async open(instance: string, options: Partial<RedisEngineOptions> = {}): Promise<Engine> {
    const gate = await RedisGate.start(this.#url);
    this.#gates.set(instance, gate);
    const engine = await openRedisEngine({
      url: gate.url,
      prefix: this.prefix,
      ack: "memory",
      instance,
      historyMessagesMax: 10_000,
      historyTtlMs: 0,
      leaseTimes,
      ...options,
    });
    engine.listen({ stored() {}, availabilityChanged() {} });
    return engine;
  }

  async kill(instance: string): Promise<void> {
    this.#gates.get(instance)?.shut();
  }

  /** It goes on where it was. */
  revive(instance: string): void {
    this.#gates.get(instance)?.open();
  }

  /** Everything that is kept for a time ends so much sooner. */
  async pass(ms: number): Promise<void> {
    for (const key of await this.keys()) {
      const left = await this.redis.pttl(key);
      if (left >= 0) await this.redis.pexpire(key, left - ms);
      if (key.endsWith(":left"))
        for (const member of await this.redis.zrange(key, 0, -1))
          await this.redis.call("ZINCRBY", key, String(-ms), member);
    }
  }

  async keys(): Promise<string[]> {
    return await this.redis.keys(`${this.prefix}:*`);
  }

  async remove(): Promise<void> {
    this.redis.disconnect();
    for (const gate of this.#gates.values()) await gate[Symbol.asyncDispose]();
  }
}

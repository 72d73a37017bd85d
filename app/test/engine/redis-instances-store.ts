import { Redis } from "ioredis";
import type { Engine } from "../../src/chat/engine.ts";
import type { RedisEngineOptions } from "../../src/engine/redis.ts";
import { openRedisEngine } from "../../src/engine/redis.ts";
import { RedisClusterGate } from "../support/redis-cluster-gate.ts";
import { RedisClusterServers } from "../support/redis-cluster-servers.ts";
import { RedisGate } from "../support/redis-gate.ts";
import type { RedisServer } from "../support/redis-server.ts";
import type { InstancesStore } from "./instances-world.ts";

/** Shorter than they are, and long enough for a machine that is busy. */
export const leaseTimes = { lease: 1500, renewal: 150, grace: 300 };

let stores = 0;

/** Instances on a real Redis, or a cluster, each through a gate of its own. */
export class RedisInstancesStore implements InstancesStore {
  readonly prefix = `instances-${++stores}`;
  readonly redis: Redis;
  readonly #server: RedisServer | RedisClusterServers;
  readonly #gates = new Map<string, RedisGate | RedisClusterGate>();

  constructor(server: RedisServer | RedisClusterServers) {
    this.#server = server;
    this.redis =
      server instanceof RedisClusterServers ? (server.connect() as unknown as Redis) : connect(server);
  }

  async open(instance: string, options: Partial<RedisEngineOptions> = {}): Promise<Engine> {
    const server = this.#server;
    const isCluster = server instanceof RedisClusterServers;
    const gate = isCluster ? await RedisClusterGate.start(server) : await RedisGate.start(server.url);
    this.#gates.set(instance, gate);
    const engine = await openRedisEngine({
      url: gate.url,
      ...("reach" in gate ? { reach: gate.reach } : {}),
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

  /** Of an instance of that name, and when they end. */
  async leaseOf(instance: string): Promise<[lease: string, endsAt: number]> {
    const [lease = ""] = await this.leasesOf(instance);
    return [lease, Number(await this.redis.zscore(`${this.prefix}:1:{instances}:leases`, lease))];
  }

  async leasesOf(instance: string): Promise<string[]> {
    const said = await this.redis.hgetall(`${this.prefix}:1:{instances}:said`);
    return Object.keys(said).filter((lease) => said[lease]?.endsWith(` ${instance}`));
  }

  /** Everything that is kept for a time ends so much sooner. */
  async pass(ms: number): Promise<void> {
    for (const key of await this.#allKeys()) {
      const left = await this.redis.pttl(key);
      if (left >= 0) await this.redis.pexpire(key, left - ms);
      if (key.endsWith(":left"))
        for (const member of (await this.redis.call("ZRANGE", key, "0", "-1")) as string[])
          await this.redis.call("ZINCRBY", key, String(-ms), member);
    }
  }

  /** Without what all have from the first connection on. */
  async keys(): Promise<string[]> {
    const keys = await this.#allKeys();
    return keys.map((key) => key.slice(`${this.prefix}:1:`.length)).toSorted();
  }

  #allKeys(): Promise<string[]> {
    const pattern = `${this.prefix}:*`;
    const server = this.#server;
    return server instanceof RedisClusterServers
      ? server.keys(this.redis, pattern)
      : this.redis.keys(pattern);
  }

  async remove(): Promise<void> {
    this.redis.disconnect();
    for (const gate of this.#gates.values()) await gate[Symbol.asyncDispose]();
  }
}

const connect = ({ url }: RedisServer): Redis =>
  new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null }).on("error", () => {});

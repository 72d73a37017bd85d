import { RedisProxy } from "./redis-proxy.ts";
import { RedisServer } from "./redis-server.ts";
import { ServerHome } from "./server-home.ts";
import type { SpawnedServer } from "./spawned-server.ts";

interface ServersOptions {
  readonly servers: number;
  /** Of Redis. */
  readonly redis?: readonly string[];
  readonly env?: Record<string, string>;
  /** Of the servers, in their order; without it they have none. */
  readonly colors?: readonly string[];
  /** Redis is not started yet. */
  readonly isRedisAway?: boolean;
}

/** Servers on one Redis, which they reach through a proxy. Ends with its block. */
export class ServersOnRedis implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly proxy: RedisProxy;
  readonly homes: readonly ServerHome[];
  readonly servers: SpawnedServer[] = [];
  readonly #env: Record<string, string>;
  readonly #colors: readonly string[];

  private constructor(
    redis: RedisServer,
    proxy: RedisProxy,
    homes: ServerHome[],
    env: Record<string, string>,
    colors: readonly string[],
  ) {
    this.redis = redis;
    this.proxy = proxy;
    this.homes = homes;
    this.#env = env;
    this.#colors = colors;
  }

  static async start({
    servers,
    redis = [],
    env = {},
    colors = [],
    isRedisAway = false,
  }: ServersOptions): Promise<ServersOnRedis> {
    const server = await (isRedisAway ? RedisServer.create(...redis) : RedisServer.start(...redis));
    const homes = await Promise.all(Array.from({ length: servers }, () => ServerHome.create()));
    const all = new ServersOnRedis(server, await RedisProxy.start(server.port), homes, env, colors);
    try {
      await Promise.all(homes.map((_, index) => all.startServer(index)));
      return all;
    } catch (error) {
      await all[Symbol.asyncDispose]();
      throw error;
    }
  }

  async startServer(index: number): Promise<void> {
    const color = this.#colors[index];
    const own = { REDIS_URL: this.proxy.url, INSTANCE_ID: `instance-${index}` };
    const env = { ...own, ...(color === undefined ? {} : { COLOR: color }), ...this.#env };
    this.servers[index] = (await this.homes[index]?.start({ env })) as SpawnedServer;
  }

  get urls(): string[] {
    return this.homes.map(({ url }) => url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.homes.map((home) => home[Symbol.asyncDispose]()));
    await this.proxy[Symbol.asyncDispose]();
    await this.redis[Symbol.asyncDispose]();
  }
}

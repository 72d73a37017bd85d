import { RedisClusterServers } from "./redis-cluster-servers.ts";
import { ServerHome } from "./server-home.ts";
import type { SpawnedServer } from "./spawned-server.ts";

/** Servers on one cluster. Ends with its block. */
export class ServersOnCluster implements AsyncDisposable {
  readonly cluster: RedisClusterServers;
  readonly #homes: readonly ServerHome[];
  readonly #servers: SpawnedServer[] = [];

  private constructor(cluster: RedisClusterServers, homes: readonly ServerHome[]) {
    this.cluster = cluster;
    this.#homes = homes;
  }

  static async start(servers: number, redis: readonly string[] = []): Promise<ServersOnCluster> {
    const homes = await Promise.all(Array.from({ length: servers }, () => ServerHome.create()));
    const all = new ServersOnCluster(await RedisClusterServers.start(...redis), homes);
    try {
      await Promise.all(homes.map((_, index) => all.startServer(index)));
      return all;
    } catch (error) {
      await all[Symbol.asyncDispose]();
      throw error;
    }
  }

  async startServer(index: number): Promise<void> {
    const env = { REDIS_URL: this.cluster.url, INSTANCE_ID: `instance-${index}` };
    this.#servers[index] = (await this.#homes[index]?.start({ env })) as SpawnedServer;
  }

  async killServer(index: number): Promise<void> {
    await this.#servers[index]?.kill();
  }

  get urls(): string[] {
    return this.#homes.map(({ url }) => url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#homes.map((home) => home[Symbol.asyncDispose]()));
    await this.cluster[Symbol.asyncDispose]();
  }
}

import { Cluster, type Redis } from "ioredis";
import { eventually } from "./eventually.ts";
import { RedisServer } from "./redis-server.ts";
import { unusedPort } from "./spawned-server.ts";

const slotCount = 16_384;
const gossipMs = 60_000;
const triesMax = 5;
/** A failover that takes longer has been given up. */
const failoverMs = 6000;
/** A node that is gone is noticed quickly, and the others go on without it. */
const settings = {
  "cluster-enabled": "yes",
  "cluster-node-timeout": "1500",
  "cluster-require-full-coverage": "no",
  "cluster-replica-validity-factor": "0",
  "repl-diskless-sync-delay": "0",
};

interface ClusterNode {
  readonly server: RedisServer;
  readonly busPort: number;
}

/** A real cluster on loopback: three masters with a third of the slots each, the last with a replica. Ends with its block. */
export class RedisClusterServers implements AsyncDisposable {
  readonly #nodes: readonly ClusterNode[];

  private constructor(nodes: readonly ClusterNode[]) {
    this.#nodes = nodes;
  }

  static async start(...options: string[]): Promise<RedisClusterServers> {
    const nodes = await Promise.all(Array.from({ length: 4 }, () => startNode(options)));
    const cluster = new RedisClusterServers(nodes);
    try {
      await cluster.#join();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `redis+cluster://${this.masters.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  }

  /** As they were at the start. */
  get masters(): readonly RedisServer[] {
    return this.#nodes.slice(0, 3).map(({ server }) => server);
  }

  /** Of the last master. */
  get replica(): RedisServer {
    return this.#nodes[3]?.server as RedisServer;
  }

  get servers(): readonly RedisServer[] {
    return this.#nodes.map(({ server }) => server);
  }

  /** A client of another make than what is tested. */
  connect(): Cluster {
    const seeds = this.masters.map(({ port }) => ({ host: "127.0.0.1", port }));
    return new Cluster(seeds, { clusterRetryStrategy: () => 50 }).on("error", () => {});
  }

  async keys(redis: Redis | Cluster, pattern: string): Promise<string[]> {
    const masters = (redis as Cluster).nodes("master");
    return (await Promise.all(masters.map((node) => node.keys(pattern)))).flat();
  }

  /** Of a key. */
  async slotOf(key: string): Promise<number> {
    return Number(await this.replica.ask("CLUSTER", "KEYSLOT", key));
  }

  /** Which of the masters has a key, unless one has taken over. */
  async masterOf(key: string): Promise<RedisServer> {
    const slot = await this.slotOf(key);
    return this.masters[Math.floor((slot * 3) / slotCount)] as RedisServer;
  }

  /** As an operator moves a slot; `halted`: before the first of its keys is moved, and when half of them are. */
  async move(
    slot: number,
    from: RedisServer,
    to: RedisServer,
    halted?: () => Promise<unknown>,
  ): Promise<void> {
    const [source, target] = [await idOf(from), await idOf(to)];
    await to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source);
    await from.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target);
    await moveKeys(slot, from, to, halted);
    for (const server of [to, from, ...this.masters])
      await server.ask("CLUSTER", "SETSLOT", slot, "NODE", target).catch(() => {});
  }

  /** Resolves when the last master's replica has its place. */
  async tookOver(): Promise<void> {
    const isMaster = async () => ((await this.replica.ask("ROLE")) as unknown[])[0] === "master";
    await eventually("the replica takes over", isMaster, { withinMs: gossipMs });
  }

  /** As an operator makes a replica master. */
  async handOver(to: RedisServer): Promise<void> {
    await this.#follows(to);
    let askedAt = Number.NEGATIVE_INFINITY;
    const isMaster = async () => {
      if (performance.now() - askedAt > failoverMs) await to.ask("CLUSTER", "FAILOVER").catch(() => {});
      if (performance.now() - askedAt > failoverMs) askedAt = performance.now();
      return ((await to.ask("ROLE")) as unknown[])[0] === "master";
    };
    await eventually("it takes over", isMaster, { withinMs: gossipMs });
  }

  /** As an operator goes on without a node, and without what it held. */
  async giveUp(lost: RedisServer, heir: RedisServer): Promise<void> {
    const third = this.masters.indexOf(lost);
    await lost.kill();
    const others = this.servers.filter((server) => server !== lost);
    const given = String(await heir.ask("CLUSTER", "NODES"))
      .split("\n")
      .find((line) => line.includes(`:${lost.port}@`));
    for (const server of others) await server.ask("CLUSTER", "FORGET", given?.split(" ")[0] ?? "");
    const bounds = [third, third + 1].map((count) => Math.ceil((count * slotCount) / 3));
    await heir.ask("CLUSTER", "ADDSLOTSRANGE", bounds[0] ?? 0, (bounds[1] ?? 0) - 1);
    await heir.ask("CLUSTER", "BUMPEPOCH");
  }

  async #follows(server: RedisServer): Promise<void> {
    const follows = async () => ((await server.ask("ROLE")) as unknown[])[3] === "connected";
    await eventually("the replica follows", follows, { withinMs: gossipMs });
  }

  async #join(): Promise<void> {
    const [first, ...others] = this.#nodes as [ClusterNode, ...ClusterNode[]];
    for (const [index, server] of this.masters.entries()) {
      const bounds = [index, index + 1].map((third) => Math.ceil((third * slotCount) / 3));
      await server.ask("CLUSTER", "ADDSLOTSRANGE", bounds[0] ?? 0, (bounds[1] ?? 0) - 1);
    }
    for (const [index, { server }] of this.#nodes.entries())
      await server.ask("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
    for (const { server, busPort } of others)
      await first.server.ask("CLUSTER", "MEET", "127.0.0.1", server.port, busPort);
    await this.#agreed("everybody knows everybody", "cluster_known_nodes:4");
    await this.replica.ask("CLUSTER", "REPLICATE", await idOf(this.masters[2] as RedisServer));
    await this.#agreed("the cluster is whole", "cluster_state:ok");
    await this.#follows(this.replica);
  }

  async #agreed(what: string, line: string): Promise<void> {
    const infos = () => Promise.all(this.servers.map((server) => server.ask("CLUSTER", "INFO")));
    const isSo = async () => (await infos()).every((info) => String(info).includes(line));
    await eventually(what, isSo, { withinMs: gossipMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

/** Both ports have to be free still when it starts. */
async function startNode(options: readonly string[]): Promise<ClusterNode> {
  for (let tried = 1; ; tried += 1) {
    const busPort = unusedPort();
    const all = Object.entries({ ...settings, "cluster-port": String(busPort) });
    const set = all.flatMap(([name, value]) => [`--${name}`, value]);
    try {
      return { server: await RedisServer.start(...set, ...options), busPort };
    } catch (error) {
      if (tried === triesMax) throw error;
    }
  }
}

const idOf = async (server: RedisServer): Promise<string> => String(await server.ask("CLUSTER", "MYID"));

async function moveKeys(
  slot: number,
  from: RedisServer,
  to: RedisServer,
  halted: () => Promise<unknown> = async () => {},
): Promise<void> {
  const keys = (await from.ask("CLUSTER", "GETKEYSINSLOT", slot, 10_000)) as string[];
  for (const [index, key] of keys.entries()) {
    if (index === 0 || index === Math.ceil(keys.length / 2)) await halted();
    await from.ask("MIGRATE", "127.0.0.1", to.port, key, 0, 5000);
  }
}

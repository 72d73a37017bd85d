import type { RedisClusterServers } from "./redis-cluster-servers.ts";
import { RedisGate } from "./redis-gate.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

/** What one instance reaches all nodes of a cluster through. */
export class RedisClusterGate implements AsyncDisposable {
  readonly url: string;
  readonly #gates: ReadonlyMap<number, RedisGate>;

  private constructor(url: string, gates: ReadonlyMap<number, RedisGate>) {
    this.url = url;
    this.#gates = gates;
  }

  static async start({ url, servers }: RedisClusterServers): Promise<RedisClusterGate> {
    const gates = servers.map(async (server) => [server.port, await RedisGate.start(server.url)] as const);
    return new RedisClusterGate(url, new Map(await Promise.all(gates)));
  }

  /** As the engine asks where a node is. */
  readonly reach = ({ host, port }: Address): Address => {
    const gate = this.#gates.get(port);
    return gate === undefined ? { host, port } : { host: "127.0.0.1", port: Number(new URL(gate.url).port) };
  };

  shut(): void {
    for (const gate of this.#gates.values()) gate.shut();
  }

  open(): void {
    for (const gate of this.#gates.values()) gate.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#gates.values()].map((gate) => gate[Symbol.asyncDispose]()));
  }
}

import { FaultProxy } from "./fault-proxy.ts";
import { ServersOnRedis } from "./servers-on-redis.ts";

/** Blue and green on one Redis, and what users dial: a proxy that leads to one of them. Ends with its block. */
export class TwoColors implements AsyncDisposable {
  readonly servers: ServersOnRedis;
  readonly entry: FaultProxy;

  private constructor(servers: ServersOnRedis, entry: FaultProxy) {
    this.servers = servers;
    this.entry = entry;
  }

  static async start(env: Record<string, string> = {}): Promise<TwoColors> {
    const servers = await ServersOnRedis.start({ servers: 2, colors: ["blue", "green"], env });
    return new TwoColors(servers, await FaultProxy.start(servers.urls[0] ?? ""));
  }

  get blue(): string {
    return this.servers.urls[0] ?? "";
  }

  get green(): string {
    return this.servers.urls[1] ?? "";
  }

  /** New sockets get to green, and whoever is on blue is told to move. */
  async moveToGreen(): Promise<void> {
    this.entry.target = this.green;
    const unix = this.servers.homes[0]?.path("control.sock") ?? "";
    const pace = JSON.stringify({ ratePerSecond: 100, graceMs: 15_000 });
    await fetch("http://localhost/drain", { unix, method: "POST", body: pace });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.entry[Symbol.asyncDispose]();
    await this.servers[Symbol.asyncDispose]();
  }
}

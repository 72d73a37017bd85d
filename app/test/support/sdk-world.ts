import { type Client, type ClientEvents, type ClientOptions, createClient } from "../../client/index.ts";
import type { FaultRule } from "./fault-proxy/fault.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { HttpWorld } from "./http-world.ts";

interface SdkWorldOptions {
  readonly client?: ClientOptions;
  readonly env?: Record<string, string>;
  readonly rule?: FaultRule;
}

/** A client before a server, with the fault proxy in between. Ends with its block. */
export class SdkWorld implements AsyncDisposable {
  readonly proxy: FaultProxy;
  readonly client: Client;
  readonly losses: ClientEvents["reconnecting"][] = [];
  readonly #world: HttpWorld;

  private constructor(world: HttpWorld, proxy: FaultProxy, options: ClientOptions) {
    this.#world = world;
    this.proxy = proxy;
    this.client = createClient({ url: proxy.url, reconnectDelayMs: 10, ...options });
    this.client.on("reconnecting", (loss) => this.losses.push(loss));
  }

  static async start({ client = {}, env = {}, rule }: SdkWorldOptions = {}): Promise<SdkWorld> {
    const world = await HttpWorld.start(env);
    const proxy = await FaultProxy.start(world.url);
    if (rule !== undefined) proxy.rule = rule;
    return new SdkWorld(world, proxy, client);
  }

  /** Past the proxy. */
  get serverUrl(): string {
    return this.#world.url;
  }

  /** Why the client was without a connection, each time. */
  get reasons(): (string | undefined)[] {
    return this.losses.map(({ error }) => error?.code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.proxy[Symbol.asyncDispose]();
    await this.#world.stop();
  }
}

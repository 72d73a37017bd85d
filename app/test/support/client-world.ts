import type { Emitter } from "../../client/emitter.ts";
import { type Client, type ClientOptions, createClient } from "../../client/index.ts";
import { type Clock, systemClock } from "../../src/chat/clock.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { HttpWorld } from "./http-world.ts";

/** All clients of a test have one address, and some send as much as they can. */
const limitsOff = {
  MAX_CONNECTIONS_PER_IP: "0",
  HANDSHAKES_PER_SECOND_PER_IP: "0",
  MESSAGES_PER_MINUTE: "0",
};

/** SDK clients that soon come back, and a proxy between them and a real server. Ends them all with its block. */
export class ClientWorld implements AsyncDisposable {
  readonly server: HttpWorld;
  readonly proxy: FaultProxy;
  readonly #clients: Client[] = [];

  private constructor(server: HttpWorld, proxy: FaultProxy) {
    this.server = server;
    this.proxy = proxy;
  }

  /** The clock turns the server's limits of rates. */
  static async start(env: Record<string, string> = {}, clock: Clock = systemClock): Promise<ClientWorld> {
    const server = await HttpWorld.start({ ...limitsOff, ...env }, 0, clock);
    return new ClientWorld(server, await FaultProxy.start(server.url));
  }

  client(options: ClientOptions = {}): Client {
    const { url } = this.proxy;
    const client = createClient({ url, reconnectDelayMs: 5, reconnectDelayMaxMs: 20, ...options });
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.proxy[Symbol.asyncDispose]();
    await this.server.stop();
  }
}

/** The next event of this type that is wanted. */
export function nextEvent<Events extends object, T extends keyof Events>(
  source: Emitter<Events>,
  type: T,
  isWanted: (event: Events[T]) => boolean = () => true,
): Promise<Events[T]> {
  return new Promise((resolve) => {
    const stop = source.on(type, (event) => {
      if (!isWanted(event)) return;
      stop();
      resolve(event);
    });
  });
}

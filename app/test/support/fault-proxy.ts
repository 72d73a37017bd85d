import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { FaultRule } from "./fault-proxy/fault.ts";
import { ProxiedConnection } from "./fault-proxy/proxied-connection.ts";
import type { Step } from "./fault-proxy/proxy-step.ts";

const connectionsMax = 1000;

/**
 * A TCP proxy that knows as much of HTTP and WebSocket as it takes to fail at the worst moment. What it does to whom
 * is its rule's, which is asked about each step of each connection.
 */
export class FaultProxy implements AsyncDisposable {
  /** Where new connections go; may change at any time. */
  target: string;
  /** Nothing happens without one. */
  rule: FaultRule = () => null;
  /** How many connections it has accepted. */
  accepted = 0;
  /** How often the rule had something happen. */
  faults = 0;
  readonly #server: Server;
  /** By their number. */
  readonly #connections = new Map<number, ProxiedConnection>();

  private constructor(target: string) {
    this.target = target;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get openConnections(): number {
    return this.#connections.size;
  }

  /** Resets a connection, if it is still there. */
  cut(number: number): void {
    this.#connections.get(number)?.cut();
  }

  /** Resets all connections there are. */
  cutAll(): void {
    for (const connection of this.#connections.values()) connection.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cutAll();
    await closed;
  }

  #accept(client: Socket): void {
    const number = ++this.accepted;
    if (this.#connections.size >= connectionsMax) return void client.destroy();
    const connection = new ProxiedConnection({
      number,
      client,
      target: this.target,
      rule: (step) => this.#decide(step),
      onEnd: () => this.#connections.delete(number),
    });
    this.#connections.set(number, connection);
  }

  #decide(step: Step) {
    const fault = this.rule(step);
    if (fault !== null) this.faults += 1;
    return fault;
  }
}

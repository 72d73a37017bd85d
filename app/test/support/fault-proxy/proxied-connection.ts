import { connect, type Socket } from "node:net";
import type { Fault, FaultRule, Place } from "./fault.ts";
import { ProxyLane } from "./proxy-lane.ts";
import type { Step } from "./proxy-step.ts";

interface ProxiedConnectionOptions {
  readonly number: number;
  readonly client: Socket;
  /** The server's URL. */
  readonly target: string;
  readonly rule: FaultRule;
  /** Both sockets have closed. */
  onEnd(): void;
}

/** Both sockets of a connection through the proxy, and what happens to them. */
export class ProxiedConnection {
  readonly #rule: FaultRule;
  readonly #target: string;
  readonly #client: Socket;
  readonly #server: Socket;
  /** A socket that the server thinks is the client's. */
  #phantom: Socket | null = null;
  readonly #lanes: readonly ProxyLane[];

  constructor({ number: connection, client, target, rule, onEnd }: ProxiedConnectionOptions) {
    const server = openSocket(target);
    this.#rule = rule;
    this.#target = target;
    this.#client = client;
    this.#server = server;
    const onStep = (step: Step, lane: ProxyLane) => this.#handle(step, lane);
    this.#lanes = [
      new ProxyLane({ connection, from: "client", source: client, sink: server, onStep }),
      new ProxyLane({ connection, from: "server", source: server, sink: client, onStep }),
    ];
    for (const socket of [client, server]) {
      socket.on("error", () => this.#failed());
      socket.on("close", () => {
        if (client.destroyed && server.destroyed) this.#ended(onEnd);
      });
    }
  }

  /** Resets both sides. */
  cut(): void {
    for (const socket of [this.#client, this.#server]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  #ended(onEnd: () => void): void {
    this.#phantom?.destroy();
    onEnd();
  }

  /** On a line that carries nothing, nobody learns how the other side fares. */
  #failed(): void {
    if (!this.#lanes.some(({ isStalled }) => isStalled)) this.cut();
  }

  #handle(step: Step, lane: ProxyLane): Promise<void> | undefined {
    const fault = this.#rule(step);
    return fault === null ? lane.pass(step.bytes) : this.#strike(fault, step, lane);
  }

  async #strike(fault: Fault, step: Step, lane: ProxyLane): Promise<void> {
    switch (fault.kind) {
      case "cut":
        return this.#cutAt(fault.at, step, lane);
      case "half_close":
        await lane.pass(passing(fault.at, step));
        return lane.finish();
      case "stall":
        await lane.pass(passing(fault.at, step));
        return this.#stall(fault.isBoth ? this.#lanes : [lane]);
      case "delay":
        await Bun.sleep(fault.ms);
        return lane.pass(step.bytes);
      case "answer":
        return this.#answer(fault.text);
      case "duplicate":
        await this.#duplicate(step);
        return lane.pass(step.bytes);
      default:
        fault satisfies never;
    }
  }

  /** A reset overtakes what was sent before it; so whoever was sent something sees an end behind it. */
  async #cutAt(at: Place, step: Step, lane: ProxyLane): Promise<void> {
    const bytes = passing(at, step);
    if (bytes.length === 0) return this.cut();
    await lane.pass(bytes);
    lane.finish();
    lane.source.resetAndDestroy();
  }

  #stall(lanes: readonly ProxyLane[]): void {
    for (const lane of lanes) lane.stall();
  }

  #answer(text: string): void {
    for (const lane of this.#lanes) lane.stop();
    this.#client.end(text);
    this.#server.destroy();
  }

  async #duplicate({ bytes }: Step): Promise<void> {
    const phantom = openSocket(this.#target);
    this.#phantom = phantom;
    phantom.on("error", () => {});
    phantom.write(bytes);
    await new Promise((resolve) => {
      phantom.once("data", resolve);
      phantom.once("close", resolve);
    });
    phantom.resume();
  }
}

function openSocket(target: string): Socket {
  const { hostname, port } = new URL(target);
  return connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
}

function passing(at: Place, { bytes }: Step): Buffer {
  if (at === "before") return bytes.subarray(0, 0);
  return at === "after" ? bytes : bytes.subarray(0, at.bytes);
}

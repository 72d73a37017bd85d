import { once } from "node:events";
import type { Socket } from "node:net";
import { type Side, type Step, StepReader } from "./proxy-step.ts";

interface ProxyLaneOptions {
  readonly connection: number;
  readonly from: Side;
  readonly source: Socket;
  readonly sink: Socket;
  /** Called for each step in turn; has to pass it. */
  onStep(step: Step, lane: ProxyLane): Promise<void>;
}

/** One direction of a connection: what comes from the source goes to the sink step by step, and reading waits meanwhile. */
export class ProxyLane {
  readonly source: Socket;
  readonly sink: Socket;
  readonly #reader: StepReader;
  readonly #onStep: ProxyLaneOptions["onStep"];
  #turn: Promise<void> = Promise.resolve();
  #state: "open" | "stalled" | "over" = "open";

  constructor({ connection, from, source, sink, onStep }: ProxyLaneOptions) {
    this.source = source;
    this.sink = sink;
    this.#reader = new StepReader(connection, from);
    this.#onStep = onStep;
    source.on("data", (bytes) => this.#next(() => this.#take(Buffer.from(bytes))));
    source.on("end", () => this.#next(async () => this.finish()));
  }

  get isStalled(): boolean {
    return this.#state === "stalled";
  }

  async pass(bytes: Buffer): Promise<void> {
    if (this.#state !== "open" || !this.sink.writable || bytes.length === 0) return;
    if (!this.sink.write(bytes)) await Promise.race([once(this.sink, "drain"), once(this.sink, "close")]);
  }

  /** The sink gets the end; what still comes is lost. */
  finish(): void {
    if (this.#state !== "open") return;
    this.#state = "over";
    this.sink.end();
    this.source.resume();
  }

  /** Reads no more, so that the kernel's buffers fill. */
  stall(): void {
    this.#state = "stalled";
    this.source.pause();
  }

  /** What still comes is lost. */
  stop(): void {
    this.#state = "over";
  }

  #next(work: () => Promise<void>): void {
    this.source.pause();
    this.#turn = this.#turn.then(work).catch((error) => void this.source.destroy(error));
  }

  async #take(bytes: Buffer): Promise<void> {
    for (const step of this.#reader.read(bytes)) {
      if (this.#state !== "open") break;
      await this.#onStep(step, this);
    }
    if (this.#state !== "stalled") this.source.resume();
  }
}

import { once } from "node:events";
import type { Socket } from "node:net";
import { type Side, type Step, StepReader } from "./proxy-step.ts";

interface ProxyLaneOptions {
  readonly connection: number;
  readonly from: Side;
  readonly source: Socket;
  readonly sink: Socket;
  /** Called for each step in turn; has to pass it. The next one waits for the promise, if there is one. */
  onStep(step: Step, lane: ProxyLane): Promise<void> | undefined;
}

/** One direction of a connection: what comes from the source goes to the sink step by step, and reading waits meanwhile. */
export class ProxyLane {
  readonly source: Socket;
  readonly sink: Socket;
  readonly #reader: StepReader;
  readonly #onStep: ProxyLaneOptions["onStep"];
  /** What the next bytes have to wait for. */
  #turn: Promise<void> | null = null;
  #state: "open" | "stalled" | "over" = "open";

  constructor({ connection, from, source, sink, onStep }: ProxyLaneOptions) {
    this.source = source;
    this.sink = sink;
    this.#reader = new StepReader(connection, from);
    this.#onStep = onStep;
    source.on("data", (bytes) => this.#next(() => this.#take(this.#reader.read(Buffer.from(bytes)))));
    source.on("end", () => this.#next(() => this.finish()));
  }

  get isStalled(): boolean {
    return this.#state === "stalled";
  }

  /** Where the sink does not keep up, resolves when it has. */
  pass(bytes: Buffer): Promise<void> | undefined {
    if (this.#state !== "open" || !this.sink.writable || bytes.length === 0) return;
    if (!this.sink.write(bytes))
      return Promise.race([once(this.sink, "drain"), once(this.sink, "close")]).then();
  }

  /** The sink gets the end; what still comes is lost. */
  finish(): undefined {
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

  #next(work: () => Promise<void> | undefined): void {
    const waited = this.#turn?.then(work) ?? this.#try(work);
    if (waited === undefined) return;
    this.source.pause();
    const turn: Promise<void> = waited.catch(this.#fail).then(() => this.#ended(turn));
    this.#turn = turn;
  }

  #ended(turn: Promise<void>): void {
    if (turn !== this.#turn) return;
    this.#turn = null;
    if (this.#state !== "stalled") this.source.resume();
  }

  #take(steps: Iterator<Step>): Promise<void> | undefined {
    for (let next = steps.next(); !next.done && this.#state === "open"; next = steps.next()) {
      const waited = this.#onStep(next.value, this);
      if (waited !== undefined) return waited.then(() => this.#take(steps));
    }
  }

  #try(work: () => Promise<void> | undefined): Promise<void> | undefined {
    try {
      return work();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  readonly #fail = (error: Error): void => void this.source.destroy(error);
}

import type { WorkerStatus } from "../control.ts";
import type { MetricsDump } from "../telemetry/merge-metrics.ts";
import { Channel, type ChannelFrame } from "./channel.ts";
import { fallsSilent } from "./falls-silent.ts";
import { encodeWorkerArguments, type WorkerArguments } from "./worker-arguments.ts";

/** What a worker asks of its parent. */
export interface WorkerListener {
  answer(worker: Worker, question: string, detail: unknown): unknown;
  ended(worker: Worker, exitCode: number): void;
}

/** How long one may take to serve: on a busy machine, with a Redis that is slow to answer. */
export const startMsMax = 60_000;

/** A process of ours that has a place behind the port, as its parent sees it. */
export class Worker {
  readonly given: WorkerArguments;
  readonly startedAt = performance.now();
  state: "starting" | "serving" | "leaving" = "starting";
  /** What it counted until it was asked last. */
  dump: MetricsDump = [];
  /** Resolves with 128 + n after signal n. */
  readonly exited: Promise<number>;
  readonly #process: Bun.Subprocess;
  readonly #channel: Channel;
  readonly #serving = Promise.withResolvers<boolean>();
  #isHung = false;

  constructor(given: WorkerArguments, listener: WorkerListener) {
    this.given = given;
    this.#process = Bun.spawn(commandOf(given), {
      stdio: ["ignore", "inherit", "inherit"],
      serialization: "advanced",
      ipc: (frame: ChannelFrame) => this.#channel.take(frame),
    });
    this.#channel = new Channel(
      (frame) => void this.#process.send(frame),
      (question, detail) => listener.answer(this, question, detail),
    );
    this.exited = this.#process.exited.then((exitCode) => {
      this.#channel.close();
      this.#serving.resolve(false);
      listener.ended(this, exitCode);
      return exitCode;
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** It was ended because it answered nothing any more. */
  get isHung(): boolean {
    return this.#isHung;
  }

  get livedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Whether it came to serve: false if it ended, or took longer. */
  async served(withinMs: number): Promise<boolean> {
    const timer = setTimeout(() => this.#serving.resolve(false), withinMs);
    const isServing = await this.#serving.promise;
    clearTimeout(timer);
    return isServing;
  }

  /** It listens on the port, and is as ready as it can be. */
  serves(): void {
    this.state = "serving";
    this.#serving.resolve(true);
    void this.#endWhenHung();
  }

  /** Undefined: it did not answer in time. */
  ask(question: string, withinMs: number, detail?: unknown): Promise<unknown> {
    return this.#channel.ask(question, withinMs, detail);
  }

  kill(): void {
    if (this.isRunning) this.#process.kill("SIGKILL");
  }

  async #endWhenHung(): Promise<void> {
    if (!(await fallsSilent(this))) return;
    this.#isHung = true;
    this.kill();
  }

  describe(): WorkerStatus {
    const { pid, state } = this;
    return { instance: this.given.instanceId, pid, state };
  }
}

/** As this process was started, in the same environment. */
function commandOf(given: WorkerArguments): string[] {
  return [process.execPath, ...process.execArgv, Bun.main, encodeWorkerArguments(given)];
}

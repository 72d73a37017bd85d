import type { Log } from "../telemetry/log.ts";
import type { WorkerEnd } from "../telemetry/worker-metrics.ts";
import type { RespawnBackoff } from "./respawn-backoff.ts";
import { startMsMax, type Worker } from "./worker.ts";

interface PlaceDependencies {
  readonly spawn: (isSuccessor: boolean) => Worker;
  readonly backoff: RespawnBackoff;
  readonly log: Log;
  /** After a worker was told to leave. */
  readonly leaveMsMax: number;
  readonly ended: (reason: WorkerEnd) => void;
}

/** One of the places behind the port: who serves there now, and who comes after. */
export class WorkerPlace {
  readonly #deps: PlaceDependencies;
  #current: Worker | null = null;
  #replacing: Promise<unknown> | null = null;
  #isStopped = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** On the clock of `performance.now`. */
  #memoryLooksFrom = 0;

  constructor(deps: PlaceDependencies) {
    this.#deps = deps;
  }

  get current(): Worker | null {
    return this.#current;
  }

  start(isSuccessor = false): Worker {
    const worker = this.#deps.spawn(isSuccessor);
    this.#current = worker;
    return worker;
  }

  /** Nobody is started here any more. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /**
   * A successor first; when it serves, who was here leaves. False: it did not come to serve, and who was here stays.
   * Resolves when that one is gone.
   */
  async replace(reason: WorkerEnd): Promise<boolean> {
    while (this.#replacing !== null) await this.#replacing;
    if (this.#isStopped) return false;
    const succession = this.#succeed();
    this.#replacing = succession;
    const { isServing, former } = await succession;
    this.#replacing = null;
    if (this.#current === null) this.#startLater(0);
    if (isServing && former !== null) await this.#leave(former, reason);
    return isServing;
  }

  /** It has ended by itself, unless it was told to leave: then it is not here any more. */
  ended(worker: Worker, exitCode: number): void {
    if (worker !== this.#current) return;
    this.#current = null;
    if (this.#isStopped) return;
    const reason = worker.isHung ? "hung" : "failed";
    this.#deps.ended(reason);
    this.#deps.log.error("worker.failed", { worker: worker.given.instanceId, exitCode, reason });
    if (this.#replacing === null) this.#startLater(worker.livedMs);
  }

  /** It ends by itself, and says so before: its place is free. */
  left(worker: Worker): void {
    if (worker !== this.#current) return;
    this.#current = null;
    worker.state = "leaving";
    this.#deps.ended("leaving");
    if (this.#replacing === null) this.#startLater(worker.livedMs);
  }

  /** Replaces who has more memory than it may; if that does not help, less and less often. */
  async limitMemory(rssBytes: number, bytesMax: number): Promise<void> {
    const worker = this.#current;
    if (worker === null || rssBytes <= bytesMax || performance.now() < this.#memoryLooksFrom) return;
    if (this.#replacing !== null) return;
    this.#memoryLooksFrom = performance.now() + this.#deps.backoff.next(worker.livedMs);
    this.#deps.log.warn("worker.outgrown", { worker: worker.given.instanceId, rssBytes, bytesMax });
    await this.replace("memory");
  }

  async #succeed(): Promise<{ isServing: boolean; former: Worker | null }> {
    const successor = this.#deps.spawn(true);
    const isServing = (await successor.served(startMsMax)) && !this.#isStopped;
    const former = this.#current;
    if (isServing) this.#current = successor;
    else successor.kill();
    return { isServing, former };
  }

  async #leave(worker: Worker, reason: WorkerEnd): Promise<void> {
    if (worker.state === "starting") return worker.kill();
    worker.state = "leaving";
    this.#deps.ended(reason);
    const lateness = setTimeout(() => worker.kill(), this.#deps.leaveMsMax);
    void worker.ask("retire", this.#deps.leaveMsMax);
    await worker.exited;
    clearTimeout(lateness);
  }

  #startLater(livedMs: number): void {
    if (this.#isStopped) return;
    const delayMs = Math.round(this.#deps.backoff.next(livedMs));
    this.#deps.log.info("worker.delayed", { delayMs });
    this.#timer = setTimeout(() => {
      if (this.#current === null && this.#replacing === null && !this.#isStopped) this.start();
    }, delayMs);
  }
}

import type { DrainPace } from "../chat/drain-run.ts";
import type { Config } from "../config.ts";
import type { Controlled, ControlStatus } from "../control.ts";
import { exitConfig } from "../supervise-process.ts";
import type { Log } from "../telemetry/log.ts";
import type { MetricsDump } from "../telemetry/merge-metrics.ts";
import { WorkerMetrics } from "../telemetry/worker-metrics.ts";
import { GroupMetrics } from "./group-metrics.ts";
import { describeGroup, type ReportOf, type WorkerReport } from "./group-status.ts";
import { RespawnBackoff } from "./respawn-backoff.ts";
import { startMsMax, Worker } from "./worker.ts";
import { WorkerPlace } from "./worker-place.ts";

export interface SupervisorOptions {
  readonly config: Config;
  readonly log: Log;
  /** That the workers share. */
  readonly port: number;
  readonly count: number;
  /** A worker says that starting again would end the same way. */
  readonly onUnusable: () => void;
}

const answerMsMax = 1000;
const announceMsMax = 500;
const memoryLookEveryMs = 1000;
/** Beyond the deadline of its drain, and what a worker takes to end by itself after that. */
const leaveReserveMs = 5000;
/** A name is at most 64 characters long; behind it comes the number of the worker. */
const nameCharsMax = 57;

/** The parent of the workers: starts them, replaces them, and lets each of them answer for all. */
export class Supervisor implements Controlled {
  readonly #options: SupervisorOptions;
  readonly #workers = new Set<Worker>();
  readonly #places = new Map<number, WorkerPlace>();
  readonly #metrics: WorkerMetrics;
  readonly #groupMetrics = new GroupMetrics();
  #lastNumber = 0;
  /** Null: no drain is asked for. */
  #pace: DrainPace | null = null;
  #isReloading = false;
  #reloadsAgain = false;
  #isStopping = false;
  #memoryTimer: ReturnType<typeof setInterval> | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#metrics = new WorkerMetrics(() => this.#serving.length);
    for (let slot = 1; slot <= options.count; slot += 1) this.#places.set(slot, this.#newPlace(slot));
  }

  /** Resolves with whether one has come to serve. `areSuccessors`: somebody serves in their place until then. */
  async start(areSuccessors = false): Promise<boolean> {
    const { memoryBytesMax } = this.#options.config.workers;
    const started = [...this.#places.values()].map((place) => place.start(areSuccessors));
    if (memoryBytesMax > 0)
      this.#memoryTimer = setInterval(() => void this.#limitMemory(memoryBytesMax), memoryLookEveryMs);
    const served = await Promise.all(started.map((worker) => worker.served(startMsMax)));
    return served.includes(true);
  }

  /** One after the other, each with a successor first. Asked meanwhile, it begins anew when it has ended. */
  async reload(): Promise<void> {
    this.#reloadsAgain = this.#isReloading;
    if (this.#isReloading || this.#isStopping) return;
    this.#isReloading = true;
    do {
      this.#reloadsAgain = false;
      this.#options.log.info("reload.started", { workers: this.#places.size });
      const isDone = await this.#replaceAll();
      if (isDone) this.#options.log.info("reload.finished");
      else if (!this.#isStopping) this.#options.log.error("reload.failed");
    } while (this.#reloadsAgain);
    this.#isReloading = false;
  }

  /** All drain, and end. Resolves when none is left. */
  async stop(): Promise<void> {
    this.end();
    await this.#askAll("announceStop", announceMsMax);
    for (const worker of this.#workers) void worker.ask("stop", announceMsMax);
    await Promise.all([...this.#workers].map(({ exited }) => exited));
  }

  /** No worker is started any more, and those that do not serve yet never will. */
  end(): void {
    this.#isStopping = true;
    if (this.#memoryTimer !== null) clearInterval(this.#memoryTimer);
    for (const place of this.#places.values()) place.stop();
    for (const worker of this.#workers) if (worker.state === "starting") worker.kill();
  }

  kill(): void {
    for (const worker of this.#workers) worker.kill();
  }

  async status(): Promise<ControlStatus> {
    const { instanceId: instance, color, version } = this.#options.config;
    return describeGroup({ instance, color, version }, await this.#reports());
  }

  async drain(pace: DrainPace): Promise<boolean> {
    if (this.#isStopping) return false;
    this.#pace = pace;
    await this.#askAll("drain", answerMsMax, pace);
    return true;
  }

  async undrain(): Promise<boolean> {
    if (this.#isStopping) return false;
    this.#pace = null;
    await this.#askAll("undrain", answerMsMax);
    return true;
  }

  get #serving(): Worker[] {
    return [...this.#workers].filter(({ state }) => state === "serving");
  }

  get #leaveMsMax(): number {
    return this.#options.config.drain.deadlineMs + leaveReserveMs;
  }

  #newPlace(slot: number): WorkerPlace {
    return new WorkerPlace({
      spawn: (isSuccessor) => this.#spawn(slot, isSuccessor),
      backoff: new RespawnBackoff(Math.random),
      log: this.#options.log,
      leaveMsMax: this.#leaveMsMax,
      ended: (reason) => this.#metrics.ended(reason),
    });
  }

  #spawn(slot: number, isSuccessor: boolean): Worker {
    const { config, port } = this.#options;
    this.#lastNumber += 1;
    const instanceId = `${config.instanceId.slice(0, nameCharsMax)}-${this.#lastNumber}`;
    const worker = new Worker(
      { port, instanceId, slot, isSuccessor },
      {
        answer: (asker, question, detail) => this.#answer(asker, question, detail),
        ended: (ended, exitCode) => this.#ended(ended, exitCode),
      },
    );
    this.#workers.add(worker);
    return worker;
  }

  #answer(worker: Worker, question: string, detail: unknown): unknown {
    switch (question) {
      case "serving":
        return this.#serves(worker);
      case "health":
        return this.#askAll("health", answerMsMax).then((answers) =>
          answers.flatMap(([, value]) => value ?? []),
        );
      case "metrics":
        return this.#metricsText();
      case "leaving":
        return this.#places.get(worker.given.slot)?.left(worker);
      case "ended":
        worker.dump = detail as MetricsDump;
        return true;
      default:
        return undefined;
    }
  }

  #serves(worker: Worker): DrainPace | null {
    const { instanceId, slot } = worker.given;
    worker.serves();
    this.#options.log.info("worker.started", { worker: instanceId, slot, pid: worker.pid });
    return this.#pace;
  }

  #ended(worker: Worker, exitCode: number): void {
    const place = this.#places.get(worker.given.slot);
    this.#workers.delete(worker);
    this.#groupMetrics.gone(worker);
    this.#options.log.info("worker.ended", { worker: worker.given.instanceId, exitCode });
    if (exitCode === exitConfig && worker === place?.current && !this.#isStopping) this.#options.onUnusable();
    place?.ended(worker, exitCode);
  }

  async #replaceAll(): Promise<boolean> {
    for (const place of this.#places.values()) if (!(await place.replace("reload"))) return false;
    return true;
  }

  async #metricsText(): Promise<string> {
    const asked = [...this.#workers];
    const answers = await this.#askAll("metrics", answerMsMax);
    const answered = new Set<Worker>();
    for (const [worker, dump] of answers) {
      if (dump === undefined) continue;
      worker.dump = dump as MetricsDump;
      answered.add(worker);
    }
    return await this.#groupMetrics.text(await this.#metrics.dump(), asked, answered);
  }

  async #reports(): Promise<ReportOf[]> {
    const answers = await this.#askAll("status", answerMsMax);
    const starting = [...this.#workers].filter(({ state }) => state === "starting");
    return [
      ...answers.map(([worker, report]): ReportOf => [worker, (report as WorkerReport | undefined) ?? null]),
      ...starting.map((worker): ReportOf => [worker, null]),
    ];
  }

  /** Of those that have come to serve. Undefined: it did not answer in time. */
  async #askAll(question: string, withinMs: number, detail?: unknown): Promise<[Worker, unknown][]> {
    const asked = [...this.#workers].filter(({ state }) => state !== "starting");
    const answers = asked.map(async (worker): Promise<[Worker, unknown]> => {
      const value = await worker.ask(question, withinMs, detail);
      if (value === undefined && worker.isRunning) this.#metrics.answerMissed();
      return [worker, value];
    });
    return await Promise.all(answers);
  }

  async #limitMemory(bytesMax: number): Promise<void> {
    for (const [{ given }, report] of await this.#reports())
      if (
        report !== null &&
        report.status.instance === this.#places.get(given.slot)?.current?.given.instanceId
      )
        void this.#places.get(given.slot)?.limitMemory(report.rssBytes, bytesMax);
  }
}

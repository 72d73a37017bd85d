import { Registry } from "prom-client";
import { Instruments } from "./instruments.ts";
import { dumpMetrics, type MetricsDump } from "./merge-metrics.ts";

/**
 * `failed`: it ended by itself. `hung`: it answered nothing any more, and was ended. The others were replaced: for their
 * memory, at a reload, or since they asked for it.
 */
export type WorkerEnd = "failed" | "hung" | "memory" | "reload" | "leaving";

const ends: readonly WorkerEnd[] = ["failed", "hung", "memory", "reload", "leaving"];

/** What only the parent of the workers knows. */
export class WorkerMetrics {
  readonly #registry = new Registry();
  readonly #ended: (end: string) => { add(): void };
  readonly #missed: { add(): void };

  constructor(readyWorkers: () => number) {
    const make = new Instruments(this.#registry);
    make.gauge("websocket_workers", "Worker processes that are ready.", readyWorkers);
    this.#ended = make
      .counter("websocket_worker_ends_total", "Workers that ended or were replaced.", "reason")
      .closedSet(ends, "failed", (reason) => ({ reason }));
    this.#missed = make
      .counter(
        "websocket_worker_answers_missed_total",
        "Answers of workers that did not come in time: their gauges are missing in that scrape.",
      )
      .series();
  }

  ended(reason: WorkerEnd): void {
    this.#ended(reason).add();
  }

  answerMissed(): void {
    this.#missed.add();
  }

  dump(): Promise<MetricsDump> {
    return dumpMetrics(this.#registry);
  }
}

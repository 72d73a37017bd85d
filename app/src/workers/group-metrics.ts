import { countsOf, type MetricsDump, mergeDumps, mergeMetrics } from "../telemetry/merge-metrics.ts";
import type { Worker } from "./worker.ts";

/** So many are kept one by one before they become one: a scrape is no slower after a thousand reloads. */
const keptMax = 8;

/** What all workers have counted together, those that are gone too. */
export class GroupMetrics {
  #kept: MetricsDump[] = [];
  readonly #goneWorkers = new WeakSet<Worker>();
  #isMerging = false;

  /** What it counted stays, as far as it said so. */
  gone(worker: Worker): void {
    this.#goneWorkers.add(worker);
    this.#kept.push(countsOf(worker.dump));
    if (this.#kept.length > keptMax) void this.#merge();
  }

  /** `answered`: workers that said just now what they have; of the others that are there, only counts are known. */
  text(own: MetricsDump, workers: readonly Worker[], answered: ReadonlySet<Worker>): Promise<string> {
    const here = workers.filter((worker) => !this.#goneWorkers.has(worker));
    const dumps = here.map((worker) => (answered.has(worker) ? worker.dump : countsOf(worker.dump)));
    return mergeMetrics([own, ...dumps, ...this.#kept]);
  }

  async #merge(): Promise<void> {
    if (this.#isMerging) return;
    this.#isMerging = true;
    const merged = this.#kept.length;
    const sum = await mergeDumps(this.#kept.slice(0, merged));
    this.#kept = [countsOf(sum), ...this.#kept.slice(merged)];
    this.#isMerging = false;
  }
}

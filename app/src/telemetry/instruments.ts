import { Gauge, type Registry } from "prom-client";
import { ClosedCounter } from "./closed-counter.ts";
import { DurationHistogram } from "./duration-histogram.ts";

/** Makes the metrics of one registry. */
export class Instruments {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  counter(name: string, help: string, ...labelNames: string[]): ClosedCounter {
    return new ClosedCounter(this.#registry, { name, help, labelNames });
  }

  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    ...labelNames: string[]
  ): DurationHistogram {
    return new DurationHistogram(this.#registry, { name, help, bounds, labelNames });
  }

  /** `read` is asked at each scrape. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** A constant 1 whose labels carry the information. */
  info(name: string, help: string, labels: Readonly<Record<string, string>>): void {
    new Gauge({ name, help, labelNames: Object.keys(labels), registers: [this.#registry] }).set(labels, 1);
  }
}

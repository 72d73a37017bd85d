import { type Aggregator, Counter, Gauge, type Registry } from "prom-client";
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

  /** `read` is asked at each scrape. `aggregator`: what the values of several processes come to. */
  gauge(name: string, help: string, read: () => number, aggregator: Aggregator = "sum"): void {
    new Gauge({
      name,
      help,
      aggregator,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Of something that all processes share. `read` is asked at each scrape. Null: there is no sample then. */
  sampledGauge(name: string, help: string, read: () => Promise<number | null>): void {
    const registers = [this.#registry];
    new Gauge({
      name,
      help,
      aggregator: "max",
      registers,
      async collect() {
        const value = await read();
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  }

  /** As `sampledGauge`, of something that counts up elsewhere. */
  sampledCounter(name: string, help: string, read: () => Promise<number | null>): void {
    const registers = [this.#registry];
    new Counter({
      name,
      help,
      aggregator: "max",
      registers,
      async collect() {
        const value = await read();
        // Scrapes may overlap: from here on nothing waits.
        this.reset();
        if (value === null) this.remove();
        else this.inc(value);
      },
    });
  }

  /** A constant 1 whose labels carry the information. */
  info(name: string, help: string, labels: Readonly<Record<string, string>>): void {
    new Gauge({ name, help, labelNames: Object.keys(labels), registers: [this.#registry] }).set(labels, 1);
  }
}

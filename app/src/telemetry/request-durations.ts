import type { DurationHistogram, DurationSeries } from "./duration-histogram.ts";
import type { Instruments } from "./instruments.ts";

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** More than the routes of the server can make; a bound all the same, since a caller may pass a path by mistake. */
const seriesMax = 500;

/** Routes are known only as they are asked for, so these series come into being with their first request. */
export class RequestDurations {
  readonly #histogram: DurationHistogram;
  readonly #series = new Map<string, DurationSeries>();

  constructor(make: Instruments, bounds: readonly number[]) {
    const help = "HTTP requests: received until answered.";
    const name = "http_request_duration_seconds";
    this.#histogram = make.histogram(name, help, bounds, "route", "method", "status");
  }

  observe(route: string, method: string, status: number, seconds: number): void {
    const knownMethod = methods.has(method) ? method : "other";
    this.#seriesOf(route, knownMethod, String(status)).observe(seconds);
  }

  #seriesOf(route: string, method: string, status: string): DurationSeries {
    const key = `${method} ${status} ${route}`;
    const known = this.#series.get(key);
    if (known) return known;
    if (this.#series.size >= seriesMax && route !== "other") return this.#seriesOf("other", "other", "other");
    const series = this.#histogram.series({ route, method, status });
    this.#series.set(key, series);
    return series;
  }
}

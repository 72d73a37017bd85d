/** What a server's /metrics said at one moment. */
export class MetricsSample {
  /** On the clock of `performance.now`, in ms. */
  readonly at: number;
  readonly #values = new Map<string, number>();

  /** Lines that are no samples, or have no labels that are asked for, are left out. */
  constructor(text: string, at: number) {
    this.at = at;
    for (const line of text.split("\n")) {
      const [, series = "", value = ""] = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
      if (series !== "") this.#values.set(series, Number(value));
    }
  }

  /** 0 where there is no such series. */
  value(series: string): number {
    return this.#values.get(series) ?? 0;
  }

  /** All series of this name whose labels `isWanted` accepts, added up. */
  sum(name: string, isWanted: (labels: string) => boolean): number {
    let sum = 0;
    for (const [series, value] of this.#values)
      if (series.startsWith(`${name}{`) && isWanted(series.slice(name.length))) sum += value;
    return sum;
  }

  /** The buckets of a histogram without further labels: [upper bound, count up to it], by bound. */
  buckets(name: string): [bound: number, count: number][] {
    const buckets: [number, number][] = [];
    for (const [series, count] of this.#values) {
      const [, bound] = new RegExp(`^${name}_bucket\\{le="([^"]+)"\\}$`).exec(series) ?? [];
      if (bound !== undefined)
        buckets.push([bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound), count]);
    }
    return buckets.sort(([one], [other]) => one - other);
  }
}

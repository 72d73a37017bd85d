/**
 * A metric of the servers that the board's variables choose. The job is named because other jobs have metrics of the
 * same name: every process has a CPU, and the front door tells which build answered it.
 */
export function ours(metric: string, ...matchers: string[]): string {
  const all = ['job="websocket"', 'color=~"$color"', 'instance=~"$instance"', ...matchers];
  return `${metric}{${all.join(", ")}}`;
}

/** How fast a counter grows, over the shortest time that is sure to hold enough scrapes. */
export function rateOf(counter: string): string {
  return `rate(${counter}[$__rate_interval])`;
}

/** Over all that is chosen, or by some labels of it. */
export function sumBy(labels: string, expr: string): string {
  return labels === "" ? `sum(${expr})` : `sum by (${labels}) (${expr})`;
}

export const total = (gauge: string): string => sumBy("", ours(gauge));

export const perSecond = (by: string, counter: string): string => sumBy(by, rateOf(counter));

export function byColor(gauge: string): [expr: string, legend: string][] {
  return [[sumBy("color", ours(gauge)), "{{color}}"]];
}

/** `histogram`: its name without `_bucket`. */
export function quantile(share: number, histogram: string, by = "", ...matchers: string[]): string {
  const labels = by === "" ? "le" : `le, ${by}`;
  const buckets = rateOf(ours(`${histogram}_bucket`, ...matchers));
  return `histogram_quantile(${share}, ${sumBy(labels, buckets)})`;
}

/** The middle, one in twenty and one in a hundred. */
export function quantiles(histogram: string, ...matchers: string[]): [expr: string, legend: string][] {
  return [0.5, 0.95, 0.99].map((share) => [
    quantile(share, histogram, "", ...matchers),
    `p${Math.round(share * 100)}`,
  ]);
}

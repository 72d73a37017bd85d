import { AggregatorRegistry, type Registry } from "prom-client";

/** One metric of one process at one moment, as plain data that may travel. */
interface DumpedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  /** What the values of several processes come to: prom-client's. */
  readonly aggregator: string;
  readonly values: readonly object[];
}

export type MetricsDump = readonly DumpedMetric[];

/** prom-client leaves it out; of several processes a dashboard shows the oldest. */
const startTime = "process_start_time_seconds";

export async function dumpMetrics(registry: Registry): Promise<MetricsDump> {
  // The types of prom-client say that `type` is a number; it is a word.
  const metrics = (await registry.getMetricsAsJSON()) as unknown as MetricsDump;
  return metrics.map((metric) => (metric.name === startTime ? { ...metric, aggregator: "min" } : metric));
}

/** What Prometheus reads of several processes: sums, unless a metric is of something that they share. */
export async function mergeMetrics(dumps: readonly MetricsDump[]): Promise<string> {
  return await merge(dumps).metrics();
}

/**
 * What stays of a process that is gone: a counter that became smaller without it would read as a restart, and what
 * the others have counted so far as counted anew.
 */
export function countsOf(dump: MetricsDump): MetricsDump {
  return dump.filter(({ type }) => type === "counter" || type === "histogram");
}

/** One in place of several. */
export async function mergeDumps(dumps: readonly MetricsDump[]): Promise<MetricsDump> {
  return await dumpMetrics(merge(dumps));
}

function merge(dumps: readonly MetricsDump[]): Registry {
  return AggregatorRegistry.aggregate([...dumps]);
}

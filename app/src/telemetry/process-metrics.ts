import { collectDefaultMetrics, type Registry } from "prom-client";
import { Instruments } from "./instruments.ts";

/** Measured on Bun 1.4.5: a number that is wrong misleads more than one that is missing. */
const untrueInBun = [
  // Always 0, or no series at all.
  "nodejs_active_resources",
  "nodejs_active_resources_total",
  "nodejs_active_handles",
  "nodejs_active_handles_total",
  "nodejs_active_requests",
  "nodejs_active_requests_total",
  "nodejs_gc_duration_seconds",
  // V8's spaces, which JavaScriptCore does not have.
  "nodejs_heap_space_size_total_bytes",
  "nodejs_heap_space_size_used_bytes",
  "nodejs_heap_space_size_available_bytes",
  // Address space that JavaScriptCore reserves: gigabytes from the start.
  "process_heap_bytes",
  // 2^63 ns and NaN when two scrapes come within one sample.
  "nodejs_eventloop_lag_min_seconds",
  "nodejs_eventloop_lag_mean_seconds",
  "nodejs_eventloop_lag_stddev_seconds",
];

export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of untrueInBun) registry.removeSingleMetric(name);
  const name = "process_memory_limit_bytes";
  new Instruments(registry).gauge(name, "What the container or the machine has.", memoryLimitBytes, "max");
}

/** Without a container's limit Bun gives the machine's memory. */
function memoryLimitBytes(): number {
  return process.constrainedMemory();
}

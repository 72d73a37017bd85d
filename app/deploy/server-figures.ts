import type { MetricsSample } from "./metrics-sample.ts";

export interface ServerFigures {
  /** `internal` and `unavailable`: what the server is to blame for. */
  readonly errorsPerSecond: number;
  /** Command received until answered; null where there was none. */
  readonly latencyP95Ms: number | null;
  /** Joins with a position, and those of them that did not get what they had missed. */
  readonly resumes: number;
  readonly failedResumes: number;
  /** Handshakes accepted since the start. */
  readonly opened: number;
  readonly openedPerSecond: number;
  readonly connections: number;
}

export interface Bounds {
  readonly errorsPerSecond: number;
  readonly latencyP95Ms: number;
  readonly failedResumesPercent: number;
}

/** Of fewer resumes a percentage says nothing. */
const resumesMin = 20;
const latency = "websocket_message_latency_seconds";

/** What happened from one moment to the other. */
export function figuresBetween(before: MetricsSample, after: MetricsSample): ServerFigures {
  const seconds = Math.max(0.001, (after.at - before.at) / 1000);
  const grown = (read: (sample: MetricsSample) => number) => Math.max(0, read(after) - read(before));
  const opened = (sample: MetricsSample) => sample.value("websocket_connections_opened_total");
  const failedResumes = grown((sample) => sample.sum("websocket_resumes_total", isFailure));
  return {
    errorsPerSecond: round(grown((sample) => sample.sum("websocket_errors_total", isOurError)) / seconds),
    latencyP95Ms: quantileMs(before.buckets(latency), after.buckets(latency), 0.95),
    resumes: grown((sample) => sample.sum("websocket_resumes_total", isRecovery)) + failedResumes,
    failedResumes,
    opened: opened(after),
    openedPerSecond: round(grown(opened) / seconds),
    connections: after.value("websocket_connections_total"),
  };
}

/** One line for each bound that is exceeded. */
export function excesses(figures: ServerFigures, bounds: Bounds): string[] {
  const { errorsPerSecond, latencyP95Ms, resumes, failedResumes } = figures;
  const failedPercent = resumes < resumesMin ? 0 : round((100 * failedResumes) / resumes);
  const table: [name: string, value: number, bound: number][] = [
    ["errors-per-second", errorsPerSecond, bounds.errorsPerSecond],
    ["latency-p95-ms", latencyP95Ms ?? 0, bounds.latencyP95Ms],
    ["failed-resumes-percent", failedPercent, bounds.failedResumesPercent],
  ];
  return table
    .filter(([, value, bound]) => value > bound)
    .map(([name, value, bound]) => `${name}: ${value} is over ${bound}`);
}

const isOurError = (labels: string): boolean => /code="(internal|unavailable)"/.test(labels);
const isRecovery = (labels: string): boolean => labels.includes('result="recovered"');
const isFailure = (labels: string): boolean =>
  labels.includes('result="reset"') ||
  (labels.includes('result="refused"') && /reason="(internal|unavailable)"/.test(labels));

/** As Prometheus does it: linear within the bucket; beyond the last bound it is that bound. */
function quantileMs(
  before: readonly [number, number][],
  after: readonly [number, number][],
  share: number,
): number | null {
  const counts = after.map(([bound, count], index): [number, number] => [
    bound,
    count - (before[index]?.[1] ?? 0),
  ]);
  const wanted = (counts.at(-1)?.[1] ?? 0) * share;
  if (wanted <= 0) return null;
  const index = counts.findIndex(([, count]) => count >= wanted);
  const [bound, count] = counts[index] ?? [0, 0];
  const [lower, below] = counts[index - 1] ?? [0, 0];
  if (bound === Number.POSITIVE_INFINITY) return round(lower * 1000);
  return round((lower + ((bound - lower) * (wanted - below)) / (count - below)) * 1000);
}

const round = (value: number): number => Math.round(value * 100) / 100;

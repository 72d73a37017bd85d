/** The closed sets that labels come from. Telemetry imports nothing of ours, so they are handed in. */
export type MetricLabels = {
  readonly commandTypes: readonly string[];
  readonly eventTypes: readonly string[];
  readonly errorCodes: readonly string[];
  readonly closeCodes: readonly number[];
  readonly handshakeRefusals: readonly string[];
  readonly version: string;
  readonly instanceId: string;
};

export type ResumeResult = "recovered" | "reset" | "new" | "refused";
export type ResumeReason =
  | "none"
  | "more"
  | "new"
  | "epoch"
  | "trimmed"
  | "too_far"
  | "bad_message"
  | "forbidden"
  | "room_limit"
  | "unavailable"
  | "internal";
export type GapSource = "bus" | "poll";
export type EngineOperation = "publish" | "read" | "history" | "commit";

/** What is true at the moment of a scrape, asked for then. */
export type MetricSources = {
  readonly connections: () => number;
  readonly connectionsLimit: () => number;
  readonly sessions: () => number;
  readonly rooms: () => number;
  readonly engineUp: () => boolean;
  readonly drainRemaining: () => number;
};

/** Durations are seconds. A label value outside its set counts as `other` (a type as `unknown`). */
export type Metrics = {
  connectionOpened(): void;
  connectionClosed(code: number, durationSeconds: number): void;
  connectionRejected(reason: string): void;
  messageReceived(type: string): void;
  messagesSent(type: string, count: number): void;
  commandAnswered(seconds: number): void;
  delivered(seconds: number): void;
  roundTripMeasured(seconds: number): void;
  errorSent(code: string): void;
  resumed(result: ResumeResult, reason: ResumeReason): void;
  gapFound(source: GapSource): void;
  gapRepaired(seconds: number): void;
  dedupeHit(): void;
  slowConsumerCut(): void;
  engineOperation(operation: EngineOperation, seconds: number): void;
  /** `route` is the pattern, never the path that a client chose. */
  httpRequest(route: string, method: string, status: number, seconds: number): void;
  /** Once, when the parts that know the answers exist. */
  observe(sources: MetricSources): void;
  text(): Promise<string>;
  readonly contentType: string;
};

export const noopMetrics: Metrics = {
  connectionOpened() {},
  connectionClosed() {},
  connectionRejected() {},
  messageReceived() {},
  messagesSent() {},
  commandAnswered() {},
  delivered() {},
  roundTripMeasured() {},
  errorSent() {},
  resumed() {},
  gapFound() {},
  gapRepaired() {},
  dedupeHit() {},
  slowConsumerCut() {},
  engineOperation() {},
  httpRequest() {},
  observe() {},
  text: async () => "",
  contentType: "text/plain; version=0.0.4; charset=utf-8",
};

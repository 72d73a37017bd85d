import { Registry } from "prom-client";
import { exportGauges, type MetricSources } from "./gauges.ts";
import { type HandoverResult, handoverVerbs } from "./handover-metrics.ts";
import { Instruments } from "./instruments.ts";
import { limitVerbs, type RateLimitScope } from "./limit-metrics.ts";
import { dumpMetrics, type MetricsDump } from "./merge-metrics.ts";
import { type NotificationResult, notificationVerbs } from "./notification-metrics.ts";
import { collectProcessMetrics } from "./process-metrics.ts";
import { RequestDurations } from "./request-durations.ts";
import { exportRedisFigures, type ReadRedisFigures } from "./store-metrics.ts";

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
export type EngineOperation = "publish" | "read" | "history" | "commit" | "control" | "people";

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
  rateLimited(scope: RateLimitScope): void;
  notificationSent(result: NotificationResult): void;
  handedOver(result: HandoverResult, count: number): void;
  engineOperation(operation: EngineOperation, seconds: number): void;
  /** `route` is the pattern, never the path that a client chose. */
  httpRequest(route: string, method: string, status: number, seconds: number): void;
  /** Once, when the parts that know the answers exist. */
  observe(sources: MetricSources): void;
  /** Once, where Redis is the store. */
  observeRedis(read: ReadRedisFigures): void;
  text(): Promise<string>;
  /** For `mergeMetrics`. */
  dump(): Promise<MetricsDump>;
  readonly contentType: string;
};

/** 100 µs to 10 s: an answer from memory up to one that nobody waits for any more. */
const latencyBounds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
/** A second to a day. */
const lifetimeBounds = [1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200, 86_400];

/** What occurs, so that it starts at 0; any other reason counts as `other`. */
const resumeReasons: Record<ResumeResult, readonly ResumeReason[]> = {
  recovered: ["none", "more"],
  reset: ["epoch", "trimmed", "too_far"],
  new: ["new"],
  refused: ["bad_message", "forbidden", "room_limit", "unavailable", "internal"],
};

/** Everything is counted in plain numbers and handed to prom-client when scraped. No timer, no global registry. */
export function createMetrics(labels: MetricLabels): Metrics {
  const registry = new Registry();
  const instruments = new Instruments(registry);
  const requests = new RequestDurations(instruments, latencyBounds);
  const { version, instanceId: instance_id } = labels;
  instruments.info("websocket_build_info", "Always 1; the labels tell which build runs.", {
    version,
    instance_id,
  });
  collectProcessMetrics(registry);
  return {
    ...connectionVerbs(instruments, labels),
    ...messageVerbs(instruments, labels),
    ...roomVerbs(instruments),
    ...engineVerbs(instruments),
    ...limitVerbs(instruments),
    ...notificationVerbs(instruments),
    ...handoverVerbs(instruments),
    httpRequest: (route, method, status, seconds) => requests.observe(route, method, status, seconds),
    observe: (sources) => exportGauges(instruments, sources),
    observeRedis: (read) => exportRedisFigures(instruments, read),
    text: () => registry.metrics(),
    dump: () => dumpMetrics(registry),
    contentType: registry.contentType,
  };
}

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
  rateLimited() {},
  notificationSent() {},
  handedOver() {},
  engineOperation() {},
  httpRequest() {},
  observe() {},
  observeRedis() {},
  text: async () => "",
  dump: async () => [],
  contentType: "text/plain; version=0.0.4; charset=utf-8",
};

function connectionVerbs(make: Instruments, labels: MetricLabels) {
  const opened = make.counter("websocket_connections_opened_total", "Sockets accepted.").series();
  const rejected = make
    .counter("websocket_connections_rejected_total", "Handshakes refused.", "reason")
    .closedSet(labels.handshakeRefusals, "other", (reason) => ({ reason }));
  const closed = make
    .counter("websocket_disconnects_total", "Sockets closed, by close code.", "code")
    .closedSet(labels.closeCodes.map(String), "other", (code) => ({ code }));
  const lifetime = make
    .histogram("websocket_connection_duration_seconds", "Lifetime of a closed socket.", lifetimeBounds)
    .series();
  const roundTrip = make
    .histogram("websocket_round_trip_seconds", "Protocol ping until its pong.", latencyBounds)
    .series();
  const slow = make.counter("websocket_slow_consumers_total", "Sockets cut for reading too slowly.").series();
  return {
    connectionOpened: () => opened.add(),
    connectionRejected: (reason) => rejected(reason).add(),
    connectionClosed(code, durationSeconds) {
      closed(String(code)).add();
      lifetime.observe(durationSeconds);
    },
    roundTripMeasured: (seconds) => roundTrip.observe(seconds),
    slowConsumerCut: () => slow.add(),
  } satisfies Partial<Metrics>;
}

function messageVerbs(make: Instruments, labels: MetricLabels) {
  const frames = make.counter("websocket_messages_total", "Frames, by type.", "direction", "type");
  const directed = (direction: string) => (type: string) => ({ direction, type });
  const received = frames.closedSet(labels.commandTypes, "unknown", directed("received"));
  const sent = frames.closedSet(labels.eventTypes, "unknown", directed("sent"));
  const errors = make
    .counter("websocket_errors_total", "Error answers, by code.", "code")
    .closedSet(labels.errorCodes, "other", (code) => ({ code }));
  const latency = make
    .histogram("websocket_message_latency_seconds", "Command received until answered.", latencyBounds)
    .series();
  const delivery = make
    .histogram(
      "websocket_delivery_latency_seconds",
      "Stored until handed to the local sockets.",
      latencyBounds,
    )
    .series();
  return {
    messageReceived: (type) => received(type).add(),
    messagesSent: (type, count) => sent(type).add(count),
    errorSent: (code) => errors(code).add(),
    commandAnswered: (seconds) => latency.observe(seconds),
    delivered: (seconds) => delivery.observe(seconds),
  } satisfies Partial<Metrics>;
}

function roomVerbs(make: Instruments) {
  const resumes = make.counter(
    "websocket_resumes_total",
    "Joins, by what became of the position.",
    "result",
    "reason",
  );
  const reasons = (result: ResumeResult) =>
    resumes.closedSet(resumeReasons[result], "other", (reason) => ({ result, reason }));
  const resumed = {
    recovered: reasons("recovered"),
    reset: reasons("reset"),
    new: reasons("new"),
    refused: reasons("refused"),
  };
  const gaps = make.counter("websocket_gaps_total", "Lost bus messages, by what noticed them.", "source");
  const gap = { bus: gaps.series({ source: "bus" }), poll: gaps.series({ source: "poll" }) };
  const repair = make
    .histogram("websocket_gap_repair_seconds", "Gap noticed until delivered.", latencyBounds)
    .series();
  return {
    resumed: (result, reason) => resumed[result](reason).add(),
    gapFound: (source) => gap[source].add(),
    gapRepaired: (seconds) => repair.observe(seconds),
  } satisfies Partial<Metrics>;
}

function engineVerbs(make: Instruments) {
  const name = "websocket_engine_operation_seconds";
  const durations = make.histogram(name, "Operations of the engine.", latencyBounds, "operation");
  const operations = {
    publish: durations.series({ operation: "publish" }),
    read: durations.series({ operation: "read" }),
    history: durations.series({ operation: "history" }),
    control: durations.series({ operation: "control" }),
    people: durations.series({ operation: "people" }),
    commit: durations.series({ operation: "commit" }),
  };
  const dedupeHits = make
    .counter("websocket_dedupe_hits_total", "Repeated commands, not stored again.")
    .series();
  return {
    engineOperation: (operation, seconds) => operations[operation].observe(seconds),
    dedupeHit: () => dedupeHits.add(),
  } satisfies Partial<Metrics>;
}

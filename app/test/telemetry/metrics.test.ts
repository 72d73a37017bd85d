import { expect, test } from "bun:test";
import { createMetrics, type Metrics, noopMetrics } from "../../src/telemetry/metrics.ts";
import { samplesOf } from "./exposition.ts";

function create(): Metrics {
  return createMetrics({
    commandTypes: ["message", "join"],
    eventTypes: ["message_response", "chat_message"],
    errorCodes: ["bad_message", "internal"],
    closeCodes: [1000, 4002],
    handshakeRefusals: ["server_full", "draining"],
    version: "1.2.3",
    instanceId: "i1",
  });
}

const samples = async (metrics: Metrics) => samplesOf(await metrics.text());

async function changed(act: (metrics: Metrics) => void): Promise<Record<string, number>> {
  const metrics = create();
  act(metrics);
  const ours = [...(await samples(metrics))].filter(([series]) => /^(websocket|http)_/.test(series));
  return Object.fromEntries(ours.filter(([series, value]) => value !== 0 && !series.includes("build_info")));
}

const counters = [
  "websocket_connections_opened_total",
  'websocket_connections_rejected_total{reason="server_full"}',
  'websocket_connections_rejected_total{reason="draining"}',
  'websocket_connections_rejected_total{reason="other"}',
  'websocket_disconnects_total{code="1000"}',
  'websocket_disconnects_total{code="4002"}',
  'websocket_disconnects_total{code="other"}',
  'websocket_messages_total{direction="received",type="message"}',
  'websocket_messages_total{direction="received",type="join"}',
  'websocket_messages_total{direction="received",type="unknown"}',
  'websocket_messages_total{direction="sent",type="message_response"}',
  'websocket_messages_total{direction="sent",type="chat_message"}',
  'websocket_messages_total{direction="sent",type="unknown"}',
  'websocket_errors_total{code="bad_message"}',
  'websocket_errors_total{code="internal"}',
  'websocket_resumes_total{result="recovered",reason="none"}',
  'websocket_resumes_total{result="reset",reason="too_far"}',
  'websocket_resumes_total{result="new",reason="new"}',
  'websocket_resumes_total{result="refused",reason="forbidden"}',
  'websocket_gaps_total{source="bus"}',
  'websocket_gaps_total{source="poll"}',
  "websocket_dedupe_hits_total",
  "websocket_slow_consumers_total",
  ...["messages", "commands", "reads", "handshakes", "authentications", "typing", "flooding"].map(
    (scope) => `websocket_rate_limited_total{scope="${scope}"}`,
  ),
  ...["moved", "forced", "lost", "stayed"].map((result) => `websocket_handovers_total{result="${result}"}`),
  ...["stored", "duplicate", "refused", "unavailable"].map(
    (result) => `websocket_notifications_total{result="${result}"}`,
  ),
];
const histograms = [
  "websocket_message_latency_seconds_count",
  "websocket_delivery_latency_seconds_count",
  "websocket_round_trip_seconds_count",
  "websocket_connection_duration_seconds_count",
  "websocket_gap_repair_seconds_count",
  ...["publish", "read", "history", "commit", "control", "people"].map(
    (operation) => `websocket_engine_operation_seconds_count{operation="${operation}"}`,
  ),
];

test("everything with closed labels is exported at 0 before its first event", async () => {
  const all = await samples(create());
  const missing = [...counters, ...histograms].filter((series) => all.get(series) !== 0);
  expect(missing).toEqual([]);
});

const verbs: [string, (metrics: Metrics) => void, Record<string, number>][] = [
  ["opened", (m) => m.connectionOpened(), { websocket_connections_opened_total: 1 }],
  [
    "rejected",
    (m) => m.connectionRejected("draining"),
    { 'websocket_connections_rejected_total{reason="draining"}': 1 },
  ],
  [
    "rejected for an unknown reason",
    (m) => m.connectionRejected("mood"),
    { 'websocket_connections_rejected_total{reason="other"}': 1 },
  ],
  [
    "received",
    (m) => m.messageReceived("join"),
    { 'websocket_messages_total{direction="received",type="join"}': 1 },
  ],
  [
    "received of a type that a client made up",
    (m) => m.messageReceived('evil"} 1\n'),
    { 'websocket_messages_total{direction="received",type="unknown"}': 1 },
  ],
  [
    "sent",
    (m) => m.messagesSent("chat_message", 1000),
    { 'websocket_messages_total{direction="sent",type="chat_message"}': 1000 },
  ],
  ["error", (m) => m.errorSent("internal"), { 'websocket_errors_total{code="internal"}': 1 }],
  ["unknown error", (m) => m.errorSent("new_one"), { 'websocket_errors_total{code="other"}': 1 }],
  [
    "resumed",
    (m) => m.resumed("reset", "epoch"),
    { 'websocket_resumes_total{result="reset",reason="epoch"}': 1 },
  ],
  [
    "resumed for a reason of another result",
    (m) => m.resumed("new", "forbidden"),
    { 'websocket_resumes_total{result="new",reason="other"}': 1 },
  ],
  ["gap", (m) => m.gapFound("poll"), { 'websocket_gaps_total{source="poll"}': 1 }],
  ["dedupe hit", (m) => m.dedupeHit(), { websocket_dedupe_hits_total: 1 }],
  [
    "notification sent",
    (m) => m.notificationSent("stored"),
    { 'websocket_notifications_total{result="stored"}': 1 },
  ],
  ["handed over", (m) => m.handedOver("stayed", 3), { 'websocket_handovers_total{result="stayed"}': 3 }],
  ["rate limited", (m) => m.rateLimited("messages"), { 'websocket_rate_limited_total{scope="messages"}': 1 }],
  ["slow consumer", (m) => m.slowConsumerCut(), { websocket_slow_consumers_total: 1 }],
];

test.each(verbs)("%s", async (_name, act, expected) => {
  expect(await changed(act)).toEqual(expected);
});

const durations: [string, (metrics: Metrics) => void, string][] = [
  ["answered", (m) => m.commandAnswered(0.25), "websocket_message_latency_seconds"],
  ["delivered", (m) => m.delivered(0.25), "websocket_delivery_latency_seconds"],
  ["round trip", (m) => m.roundTripMeasured(0.25), "websocket_round_trip_seconds"],
  ["repaired", (m) => m.gapRepaired(0.25), "websocket_gap_repair_seconds"],
];

test.each(durations)("%s is observed once, with its sum", async (_name, act, name) => {
  expect(await changed(act)).toMatchObject({ [`${name}_count`]: 1, [`${name}_sum`]: 0.25 });
});

test("a closed connection counts under its code and adds its lifetime", async () => {
  const [known, unknown] = [
    await changed((metrics) => metrics.connectionClosed(4002, 90)),
    await changed((metrics) => metrics.connectionClosed(3999, 90)),
  ];
  expect(known).toMatchObject({
    'websocket_disconnects_total{code="4002"}': 1,
    websocket_connection_duration_seconds_sum: 90,
  });
  expect(unknown).toMatchObject({ 'websocket_disconnects_total{code="other"}': 1 });
});

test("engine operations are told apart", async () => {
  const seen = await changed((metrics) => metrics.engineOperation("commit", 0.002));
  expect(seen).toMatchObject({ 'websocket_engine_operation_seconds_sum{operation="commit"}': 0.002 });
  expect(seen).not.toHaveProperty(['websocket_engine_operation_seconds_count{operation="read"}']);
});

test("a bucket holds all that is as short as its bound", async () => {
  const metrics = create();
  for (const seconds of [0.0001, 0.0002, 0.3, 60, -1, Number.NaN]) metrics.commandAnswered(seconds);
  const all = await samples(metrics);
  const bucket = (le: string) => all.get(`websocket_message_latency_seconds_bucket{le="${le}"}`);
  expect([
    bucket("0.0001"),
    bucket("0.00025"),
    bucket("0.25"),
    bucket("0.5"),
    bucket("10"),
    bucket("+Inf"),
  ]).toEqual([3, 4, 4, 5, 5, 6]);
  expect(all.get("websocket_message_latency_seconds_sum")).toBeCloseTo(60.3003, 9);
});

test("a request counts under route, method and status", async () => {
  const seen = await changed((metrics) => metrics.httpRequest("/health", "GET", 200, 0.001));
  expect(seen).toMatchObject({
    'http_request_duration_seconds_count{route="/health",method="GET",status="200"}': 1,
  });
});

test("a method that a client made up becomes no label", async () => {
  const seen = await changed((metrics) => metrics.httpRequest("/health", "BREW", 405, 0.001));
  expect(seen).toMatchObject({
    'http_request_duration_seconds_count{route="/health",method="other",status="405"}': 1,
  });
});

test("routes without end make a bounded number of series", async () => {
  const metrics = create();
  for (let i = 0; i < 2000; i++) metrics.httpRequest(`/path/${i}`, "GET", 200, 0.001);
  const all = [...(await samples(metrics))].filter(([name]) =>
    name.startsWith("http_request_duration_seconds_count"),
  );
  expect(all.length).toBeLessThanOrEqual(501);
  expect(all.reduce((sum, [, count]) => sum + count, 0)).toBe(2000);
});

test("the build tells version and instance", async () => {
  expect((await samples(create())).get('websocket_build_info{version="1.2.3",instance_id="i1"}')).toBe(1);
});

test("the process's own figures are there as far as Bun tells the truth", async () => {
  const metrics = create();
  await metrics.text();
  const all = await samples(metrics);
  const [cpu, memory] = [all.get("process_cpu_seconds_total"), all.get("process_resident_memory_bytes")];
  expect(cpu).toBeGreaterThan(0);
  expect(memory).toBeGreaterThan(10_000_000);
  expect(all.get("process_memory_limit_bytes")).toBeGreaterThan(memory ?? 0);
  expect(all.has("nodejs_eventloop_lag_p99_seconds")).toBe(true);
  expect([...all.keys()].filter((name) => /active|gc_|heap_space|lag_mean/.test(name))).toEqual([]);
});

test("two servers in one process count apart", async () => {
  const [one, other] = [create(), create()];
  one.connectionOpened();
  expect((await samples(one)).get("websocket_connections_opened_total")).toBe(1);
  expect((await samples(other)).get("websocket_connections_opened_total")).toBe(0);
});

test("the content type is Prometheus's text format", () => {
  expect(create().contentType).toBe(noopMetrics.contentType);
});

test("metrics do not keep the process alive", async () => {
  const module = new URL("../../src/telemetry/metrics.ts", import.meta.url).pathname;
  const sets = "commandTypes: [], eventTypes: [], errorCodes: [], closeCodes: [], handshakeRefusals: []";
  const script = `import { createMetrics } from ${JSON.stringify(module)};
    await createMetrics({ ${sets}, version: "1", instanceId: "i" }).text();`;
  const child = Bun.spawn([process.execPath, "-e", script], { timeout: 5000 });
  expect(await child.exited).toBe(0);
});

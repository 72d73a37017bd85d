import { expect, test } from "bun:test";
import { countsOf, mergeDumps, mergeMetrics } from "../../src/telemetry/merge-metrics.ts";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics.ts";
import { WorkerMetrics } from "../../src/telemetry/worker-metrics.ts";
import { samplesOf } from "./exposition.ts";

function metricsOf(instanceId: string, connections: number, isDraining = false): Metrics {
  const sets = { commandTypes: ["join"], eventTypes: [], errorCodes: [], closeCodes: [1000] };
  const metrics = createMetrics({ ...sets, handshakeRefusals: [], version: "1", instanceId });
  metrics.observe({
    connections: () => connections,
    connectionsLimit: () => 100,
    sessions: () => connections,
    users: () => connections,
    rooms: () => 1,
    engineUp: () => connections > 1,
    canaryAgeSeconds: () => connections,
    isDraining: () => isDraining,
    drainRemaining: () => 0,
  });
  return metrics;
}

const dumpsOf = (all: readonly Metrics[]) => Promise.all(all.map((metrics) => metrics.dump()));
const read = async (dumps: Awaited<ReturnType<typeof dumpsOf>>) => samplesOf(await mergeMetrics(dumps));

test("processes are counted together; of what they share, the worst is told", async () => {
  const both = [metricsOf("a", 1, true), metricsOf("b", 2)];
  for (const metrics of both) metrics.messageReceived("join");
  both[1]?.engineOperation("read", 0.0002);
  const samples = await read(await dumpsOf(both));
  const expected = {
    websocket_connections_total: 3,
    websocket_connections_limit: 200,
    'websocket_messages_total{direction="received",type="join"}': 2,
    'websocket_engine_operation_seconds_bucket{le="0.0001",operation="read"}': 0,
    'websocket_engine_operation_seconds_bucket{le="0.00025",operation="read"}': 1,
    'websocket_engine_operation_seconds_count{operation="read"}': 1,
    'websocket_engine_operation_seconds_count{operation="commit"}': 0,
    websocket_engine_up: 0,
    websocket_engine_canary_age_seconds: 2,
    websocket_draining: 0,
    'websocket_build_info{version="1",instance_id="a"}': 1,
    'websocket_build_info{version="1",instance_id="b"}': 1,
  };
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, samples.get(name)]))).toEqual(
    expected,
  );
  expect(samples.get("process_start_time_seconds")).toBeGreaterThan(0);
});

test("of a process that is gone its counts stay, and nothing else", async () => {
  const [gone, here] = [metricsOf("a", 5), metricsOf("b", 2)];
  for (const metrics of [gone, here]) metrics.connectionClosed(1000, 3);
  const kept = countsOf(await gone.dump());
  const samples = await read([await mergeDumps([kept]), await here.dump()]);
  expect(samples.get('websocket_disconnects_total{code="1000"}')).toBe(2);
  expect(samples.get("websocket_connection_duration_seconds_sum")).toBe(6);
  expect(samples.get("websocket_connections_total")).toBe(2);
  expect(samples.has('websocket_build_info{version="1",instance_id="a"}')).toBe(false);
});

test("the parent adds how its workers are", async () => {
  const workers = new WorkerMetrics(() => 2);
  workers.ended("memory");
  workers.answerMissed();
  const samples = await read([await workers.dump()]);
  expect(samples.get("websocket_workers")).toBe(2);
  expect(samples.get('websocket_worker_ends_total{reason="memory"}')).toBe(1);
  expect(samples.get('websocket_worker_ends_total{reason="failed"}')).toBe(0);
  expect(samples.get("websocket_worker_answers_missed_total")).toBe(1);
});

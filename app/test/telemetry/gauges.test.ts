import { expect, test } from "bun:test";
import { Registry } from "prom-client";
import { exportGauges } from "../../src/telemetry/gauges.ts";
import { Instruments } from "../../src/telemetry/instruments.ts";
import { samplesOf } from "./exposition.ts";

test("gauges are read when scraped", async () => {
  const registry = new Registry();
  let connections = 3;
  exportGauges(new Instruments(registry), {
    connections: () => connections,
    connectionsLimit: () => 10_000,
    sessions: () => 2,
    users: () => 5,
    rooms: () => 1,
    engineUp: () => true,
    canaryAgeSeconds: () => 0.5,
    isDraining: () => true,
    drainRemaining: () => 7,
  });
  const read = async () => Object.fromEntries(samplesOf(await registry.metrics()));
  const expected = {
    websocket_connections_total: 3,
    websocket_connections_limit: 10_000,
    websocket_sessions: 2,
    websocket_users: 5,
    websocket_rooms: 1,
    websocket_engine_up: 1,
    websocket_draining: 1,
    websocket_drain_remaining: 7,
    websocket_engine_canary_age_seconds: 0.5,
  };
  expect(await read()).toEqual(expected);
  connections = 4;
  expect(await read()).toEqual({ ...expected, websocket_connections_total: 4 });
});

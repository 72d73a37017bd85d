import { expect, test } from "bun:test";
import { Registry } from "prom-client";
import { Instruments } from "../../src/telemetry/instruments.ts";
import { exportRedisFigures, type RedisFigures } from "../../src/telemetry/store-metrics.ts";
import { samplesOf } from "./exposition.ts";

const figures: RedisFigures = {
  memoryUsedBytes: 1,
  memoryMaxBytes: 2,
  clients: 3,
  commandsProcessed: 4,
  keysEvicted: 5,
  uptimeSeconds: 6,
  isDurable: true,
};
const samples = {
  redis_memory_used_bytes: 1,
  redis_memory_max_bytes: 2,
  redis_connected_clients: 3,
  redis_commands_processed_total: 4,
  redis_evicted_keys_total: 5,
  redis_uptime_in_seconds: 6,
  websocket_engine_durable: 1,
};

/** Answers one scrape after the other with these. */
function scrapes(...answers: (RedisFigures | null)[]) {
  const registry = new Registry();
  let asked = 0;
  exportRedisFigures(new Instruments(registry), async () => answers[asked++] ?? null);
  return {
    scrape: async () => Object.fromEntries(samplesOf(await registry.metrics())),
    asked: () => asked,
  };
}

test("Redis is asked once for all figures of a scrape", async () => {
  const redis = scrapes(figures);
  expect(await redis.scrape()).toEqual(samples);
  expect(redis.asked()).toBe(1);
});

test("a Redis that is away leaves no old figures behind, and is there again", async () => {
  const { scrape } = scrapes(figures, null, { ...figures, clients: 9 });
  await scrape();
  expect(await scrape()).toEqual({});
  expect(await scrape()).toEqual({ ...samples, redis_connected_clients: 9 });
});

test("what counts is not added up from scrape to scrape, nor where two overlap", async () => {
  const { scrape } = scrapes(figures, figures, figures);
  await scrape();
  expect(await Promise.all([scrape(), scrape()])).toEqual([samples, samples]);
});

test.each([
  [true, 1],
  [false, 0],
  [null, undefined],
])("that what is acked is durable: %p is %p", async (isDurable, expected) => {
  expect((await scrapes({ ...figures, isDurable }).scrape()).websocket_engine_durable).toBe(expected);
});

import { expect, test } from "bun:test";
import { MeasuredEngine } from "../../src/engine/measured-engine.ts";
import { noopMetrics } from "../../src/telemetry/metrics.ts";
import { MemoryEngine } from "../support/memory-engine.ts";

test("each operation is measured, and answered as the engine answered it", async () => {
  const operations: string[] = [];
  const metrics = { ...noopMetrics, engineOperation: (operation: string) => operations.push(operation) };
  const inner = new MemoryEngine();
  const engine = new MeasuredEngine(inner, metrics);
  const bounds = { replayMax: 10, eventsMax: 10, textUnitsMax: 10 };
  expect(await engine.head("room:a")).toEqual(await inner.head("room:a"));
  await engine.replay("room:a", { epoch: "", seq: 0 }, bounds);
  await engine.history("room:a", { before: null, limit: 1, textUnitsMax: 10 });
  expect(operations).toEqual(["read", "read", "history"]);
});

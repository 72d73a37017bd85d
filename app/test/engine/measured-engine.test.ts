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
  await engine.history("room:a", { before: null, limit: 1, textUnitsMax: 10, viewerId: "u1", hidden: [] });
  const change = { kind: "member_added", room: "group:a", userId: "u1" } as const;
  const author = { userId: "admin", at: 5, instance: "i1" };
  expect(await engine.control(change, author)).toEqual({ ok: true, epoch: "E1", seq: 1, isChange: true });
  expect(await engine.membership("group:a", "u1")).toEqual({ isMember: true, changedAt: 5 });
  expect(operations).toEqual(["read", "read", "history", "control", "people"]);
});

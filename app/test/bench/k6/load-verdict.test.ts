import { expect, test } from "bun:test";
import { brokenGoals } from "../../../bench/k6/load-verdict.ts";

const metrics = {
  acked: { values: { count: 7 }, thresholds: { "count>0": { ok: true } } },
  lost: { values: { count: 1 }, thresholds: { "count==0": { ok: false } } },
};

const sessions = (begun: number, passes: number, fails: number) => ({
  metrics: { sessions: { values: { count: begun } }, success: { values: { passes, fails } } },
});

test("what met its goals is fine", () => {
  expect(brokenGoals(0, { metrics: { acked: metrics.acked } })).toEqual([]);
});

test("a threshold that was missed is named", () => {
  expect(brokenGoals(99, { metrics })).toEqual(["lost: count==0"]);
});

test("k6's own failure counts, whatever it measured", () => {
  expect(brokenGoals(107, { metrics: {} })).toEqual(["k6 ended with 107"]);
  expect(brokenGoals(0, null)).toEqual(["k6 ended with 0 and without a summary"]);
});

test("sessions that k6 had to end were no success", () => {
  expect(brokenGoals(0, sessions(100, 90, 5))).toEqual([]);
  expect(brokenGoals(0, sessions(100, 90, 4))).toEqual(["6 of 100 sessions never came to an end"]);
});

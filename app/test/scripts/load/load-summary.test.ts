import { expect, test } from "bun:test";
import { summarize, summaryTable } from "../../../../scripts/load/load-summary.js";

const summary = {
  metrics: {
    vus_max: { values: { value: 7, max: 5000 } },
    connect_time: {
      values: { med: 2.04, "p(95)": 12.5, max: 90 },
      thresholds: { "p(95)<2000": { ok: true } },
    },
    success: { values: { rate: 0.5 }, thresholds: { "rate>0.95": { ok: false } } },
    acked: { values: { count: 1_234_567 } },
  },
};

test("the table says what was measured beside each goal", () => {
  expect(summaryTable(summary).split("\n").slice(1, -1)).toEqual([
    "  virtual users                     5,000",
    "  connected, with greeting          p50 2.0 ms · p95 12.5 ms · max 90.0 ms   (p(95)<2000 met)",
    "  sessions without a flaw           50.00 %   (rate>0.95 MISSED)",
    "  messages stored and acked         1,234,567",
  ]);
});

test("the whole goes to a file where one is named", () => {
  expect(Object.keys(summarize(summary))).toEqual(["stdout"]);
  expect(JSON.parse(summarize(summary, "all.json")["all.json"] ?? "")).toEqual(summary);
});

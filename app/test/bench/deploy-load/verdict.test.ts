import { expect, test } from "bun:test";
import type { CrowdReport } from "../../../bench/deploy-load/crowd-report.ts";
import { newTally, type Tally } from "../../../bench/deploy-load/tally.ts";
import { brokenPromises, judge } from "../../../bench/deploy-load/verdict.ts";

const noLatencies = { idle: [], steady: [], deploying: [] };

/** Of one process of 1,000 clients that hand over, where all is well but what is given. */
const reportOf = (changes: Partial<CrowdReport> = {}): CrowdReport => ({
  tally: newTally(),
  digests: ["a", "b"],
  gapsMs: { handover: new Array(1_000).fill(0), reconnect: [900], plain: [1_900] },
  latencies: { handedOver: noLatencies, others: noLatencies },
  timeline: [],
  acked: 10,
  delivered: 200,
  skipped: 0,
  ...changes,
});

const withGaps = (...gaps: number[]): CrowdReport =>
  reportOf({
    gapsMs: { handover: [...gaps, ...new Array(1_000 - gaps.length).fill(0)], reconnect: [], plain: [] },
  });

test("breaks no promise where nothing happened but what may", () => {
  const verdict = judge([reportOf(), reportOf()], 0);
  expect([brokenPromises(verdict), verdict.acked, verdict.delivered]).toEqual([[], 20, 400]);
});

test.each(Object.keys(newTally()) as (keyof Tally)[])("holds 0 against anything else: %s", (what) => {
  const verdict = judge([reportOf(), reportOf({ tally: { ...newTally(), [what]: 1 } })], 0);
  expect(brokenPromises(verdict)).toEqual([`${what}: 1`]);
});

const broken: [what: string, reports: CrowdReport[], refused: number, promises: number][] = [
  ["one of a thousand without a socket", [withGaps(20)], 0, 0],
  ["two of a thousand without a socket", [withGaps(20, 20)], 0, 1],
  ["one of a thousand for more than two seconds", [withGaps(2_001)], 0, 1],
  ["two processes that were told different logs", [reportOf(), reportOf({ digests: ["a", "c"] })], 0, 1],
  ["a 429", [reportOf()], 1, 1],
];
test.each(broken)("judges %s", (_what, reports, refused, promises) => {
  expect(brokenPromises(judge(reports, refused))).toHaveLength(promises);
});

test("says how long each kind was without a socket", () => {
  expect(judge([reportOf({ gapsMs: { handover: [0], reconnect: [3, 1, 2], plain: [] } })], 0).gaps).toEqual([
    { kind: "handover", clients: 1, withoutGap: 1, medianMs: 0, longestMs: 0 },
    { kind: "reconnect", clients: 3, withoutGap: 0, medianMs: 2, longestMs: 3 },
    { kind: "plain", clients: 0, withoutGap: 0, medianMs: 0, longestMs: 0 },
  ]);
});

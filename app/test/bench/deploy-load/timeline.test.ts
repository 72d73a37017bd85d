import { expect, test } from "bun:test";
import { Timeline } from "../../../bench/deploy-load/timeline.ts";

const seen = (timeline: Timeline, from: number, to: number) =>
  [...timeline.between(from, to)].map(([at, { latencies, lateMs }]) => [
    at,
    latencies.count,
    latencies.quantile(1),
    lateMs,
  ]);

test("tells what went on in each quarter of a second, also where nothing did", () => {
  const timeline = new Timeline();
  timeline.delivered(1_000, 3);
  timeline.delivered(1_249, 8);
  timeline.turned(1_100, 20);
  timeline.turned(1_101, 10);
  timeline.delivered(1_500, 1);
  expect(seen(timeline, 1_010, 1_600)).toEqual([
    [1_000, 2, 8, 20],
    [1_250, 0, 0, 0],
    [1_500, 1, 1, 0],
  ]);
});

test("adds up what several processes have written", () => {
  const both = new Timeline();
  for (const [ms, lateMs] of [
    [1, 30],
    [2, 20],
  ] as const) {
    const one = new Timeline();
    one.delivered(0, ms);
    one.turned(0, lateMs);
    both.addAll(JSON.parse(JSON.stringify(one)));
  }
  expect(seen(both, 0, 250)).toEqual([[0, 2, 2, 30]]);
});

test("keeps a quarter of an hour", () => {
  const timeline = new Timeline();
  for (let slice = 0; slice < 3_601; slice += 1) timeline.delivered(slice * 250, 1);
  expect([timeline.toJSON().length, seen(timeline, 3_600 * 250, 3_600 * 250 + 1)[0]?.[1]]).toEqual([
    3_600, 0,
  ]);
});

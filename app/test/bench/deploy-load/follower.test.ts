import { expect, test } from "bun:test";
import { Follower } from "../../../bench/deploy-load/follower.ts";

type Told = readonly number[];

/** Of a log of four entries: what was told, and what is lost, doubled and disordered of it. */
const runs: [told: Told, lost: number, doubled: number, disordered: number][] = [
  [[1, 2, 3, 4], 0, 0, 0],
  [[], 4, 0, 0],
  [[1, 2, 3], 1, 0, 0],
  [[2, 3, 4], 1, 0, 0],
  [[1, 4], 2, 0, 0],
  [[1, 2, 2, 3, 4], 0, 1, 0],
  [[1, 2, 3, 4, 1, 4], 0, 2, 0],
  [[1, 3, 2, 4], 0, 0, 1],
  [[4, 3, 2, 1], 0, 0, 3],
  [[1, 3, 2, 2, 4], 0, 1, 1],
];

test.each(runs)("of four, %j: %i lost, %i doubled, %i out of order", (told, lost, doubled, disordered) => {
  const follower = new Follower();
  for (const seq of told) follower.take(seq);
  expect([follower.lostUpTo(4), follower.doubled, follower.disordered]).toEqual([lost, doubled, disordered]);
});

test("misses nothing of what came before it began", () => {
  const follower = new Follower();
  follower.begin(41);
  follower.take(42);
  expect([follower.first, follower.lostUpTo(42), follower.lostUpTo(43)]).toEqual([41, 0, 1]);
});

test("counts what it misses beyond what it remembers", () => {
  const follower = new Follower();
  follower.take(5_001);
  expect(follower.lostUpTo(5_001)).toBe(5_000);
});

import { expect, test } from "bun:test";
import type { Bench } from "../../bench/bench.ts";
import { takeTurns } from "../../bench/take-turns.ts";

test("measures each in turn, and leaves out the rounds to warm up", async () => {
  let made = 0;
  const next = async () => made++;
  const bench = { rounds: 2, warmUpRounds: 1 } as Bench;
  expect(await takeTurns(bench, [next, next, next])).toEqual([
    [3, 6],
    [4, 7],
    [5, 8],
  ]);
});

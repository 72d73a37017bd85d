import { expect, test } from "bun:test";
import { RespawnBackoff } from "../../src/workers/respawn-backoff.ts";

const delays = (backoff: RespawnBackoff, lives: readonly number[]) => lives.map((ms) => backoff.next(ms));

test("doubles up to half a minute", () => {
  const all = delays(new RespawnBackoff(() => 1 - Number.EPSILON), new Array(12).fill(0)).map(Math.round);
  expect(all).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
});

test("waits at least half of that, as chance has it", () => {
  expect(delays(new RespawnBackoff(() => 0), [0, 0, 0])).toEqual([50, 100, 200]);
});

test("begins anew after a life of a minute, not of a second less", () => {
  expect(delays(new RespawnBackoff(() => 0), [0, 0, 59_999, 60_000, 0])).toEqual([50, 100, 200, 50, 100]);
});

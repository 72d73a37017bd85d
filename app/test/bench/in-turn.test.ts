import { expect, test } from "bun:test";
import { inTurn } from "../../bench/in-turn.ts";
import { calm } from "./measured-row.ts";

const disturbed = { ...calm, otherCpuSeconds: 0.2 };

/** Measures that note who was asked, and are disturbed in the rounds given. */
function watch(disturbedRounds: number[], kind = "raw") {
  const asked: string[] = [];
  const measure = (name: string) => async () => {
    const round = asked.filter((each) => each === name).length;
    asked.push(name);
    return { usage: name === kind && disturbedRounds.includes(round) ? disturbed : calm, round };
  };
  return { asked, measure: { raw: measure("raw"), ours: measure("ours"), redis: measure("redis") } };
}

test("each has its round before anybody has the next", async () => {
  const { asked, measure } = watch([]);
  await inTurn(2, { rounds: 0 }, measure);
  expect(asked).toEqual(["ours", "redis", "raw", "ours", "redis", "raw"]);
});

test("a disturbed round is made again by all, while there are some to spare", async () => {
  const { measure } = watch([0, 1]);
  const spare = { rounds: 1 };
  const figures = await inTurn(2, spare, measure);
  expect([figures.ours, figures.redis].map((rounds) => rounds?.map(({ round }) => round))).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(spare.rounds).toBe(0);
});

test("what Redis takes of the machine disturbs nobody", async () => {
  const { measure } = watch([0], "redis");
  const spare = { rounds: 1 };
  await inTurn(1, spare, measure);
  expect(spare.rounds).toBe(1);
});

import { expect, test } from "bun:test";
import { fallsSilent } from "../../src/workers/falls-silent.ts";

/** Answers as the letters say: a question each, `-` for one that is missed. Then it ends. */
function asked(answers: string) {
  let count = 0;
  return {
    get isRunning() {
      return count <= answers.length;
    },
    async ask() {
      count += 1;
      return answers[count - 1] === "-" ? undefined : {};
    },
    get count() {
      return count;
    },
  };
}

test.each([
  ["answers", "+++++", false],
  ["misses three in a row, again and again", "---+---+---+", false],
  ["misses four in a row", "----", true],
  ["misses four in a row after a while", "+-++--+----", true],
])("who %s (%s) has fallen silent: %p", async (_, answers, isSilent) => {
  const one = asked(answers);
  expect(await fallsSilent(one, 1)).toBe(isSilent);
  expect(one.count).toBe(isSilent ? answers.length : answers.length + 1);
});

test("who has ended is not said to be silent", async () => {
  expect(await fallsSilent({ isRunning: false, ask: async () => undefined }, 1)).toBe(false);
});

import { expect, test } from "bun:test";
import { slotOfKey } from "../../src/engine/key-slot.ts";

/** As `CLUSTER KEYSLOT` answers. */
const cases: [key: string, slot: number][] = [
  ["123456789", 12_739],
  ["", 0],
  ["foo", 12_182],
  ["bar{foo}", 12_182],
  ["{foo}bar{baz}", 12_182],
  ["{}foo", 9500],
  ["{foo", 13_308],
  ["foo}", 15_679],
  ["für 😀", 3185],
];
test.each(cases)("%p has slot %p", (key, slot) => {
  expect(slotOfKey(key)).toBe(slot);
});

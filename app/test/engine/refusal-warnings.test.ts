import { expect, test } from "bun:test";
import { RefusalWarnings } from "../../src/engine/refusal-warnings.ts";

const refusal = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });

function world() {
  const told: string[] = [];
  const time = { now: 0 };
  const warnings = new RefusalWarnings(
    (message) => told.push(message),
    () => time.now,
  );
  return { told, time, warnings };
}

test("what Redis refuses is told by its code alone, once a minute", () => {
  const { told, time, warnings } = world();
  for (const at of [0, 59_999, 60_000]) {
    time.now = at;
    warnings.refused("read", refusal("OOM command 'the text' not allowed"));
  }
  expect(told).toEqual(Array(2).fill("Redis refuses a read: OOM"));
});

test("each kind is told", () => {
  const { told, warnings } = world();
  warnings.refused("read", refusal("OOM x"));
  warnings.refused("reaction", refusal("OOM x"));
  warnings.refused("read", refusal("the text"));
  expect(told).toEqual([
    "Redis refuses a read: OOM",
    "Redis refuses a reaction: OOM",
    "Redis refuses a read: ERR",
  ]);
});

test("an error that is no answer of Redis is not told", () => {
  const { told, warnings } = world();
  for (const error of [new Error("OOM"), "OOM", null]) warnings.refused("read", error);
  expect(told).toEqual([]);
});

test("no more kinds are remembered than there can be", () => {
  const { told, warnings } = world();
  for (let kind = 0; kind < 101; kind += 1) warnings.note(`kind ${kind}`);
  warnings.note("kind 0");
  expect(told).toHaveLength(102);
});

import { expect, test } from "bun:test";
import { FeedIntake } from "../../src/chat/feed-intake.ts";
import { eventAt } from "../support/event-at.ts";

/** An intake that has accepted everything up to seq 10 of epoch E1. */
function startedAt10(): FeedIntake {
  const intake = new FeedIntake();
  intake.start();
  return intake;
}

/** Puts events with these seqs as one bus message; true: no hole is left. */
function put(intake: FeedIntake, ...seqs: number[]): boolean {
  for (const seq of seqs) intake.put(eventAt(seq), "E1", accepted(intake));
  return intake.moveEarly("E1", accepted(intake));
}

const accepted = (intake: FeedIntake): number => 10 + intake.ready.length;
const ready = (intake: FeedIntake): number[] => intake.ready.map(({ seq }) => seq);

const arrivals: [what: string, seqs: number[], ready: number[], isWhole: boolean][] = [
  ["in order", [11, 12, 13], [11, 12, 13], true],
  ["twice", [11, 11, 12, 11, 12], [11, 12], true],
  ["old", [1, 9, 10], [], true],
  ["in reverse", [13, 12, 11], [11, 12, 13], true],
  ["with one missing", [11, 13, 14], [11], false],
  ["late after the others", [12, 13, 11], [11, 12, 13], true],
];
test.each(arrivals)("what comes %s is put in order", (_, seqs, expected, isWhole) => {
  const intake = startedAt10();
  expect(put(intake, ...seqs)).toBe(isWhole);
  expect(ready(intake)).toEqual(expected);
});

test("until it is started everything waits, and nothing counts as missing", () => {
  const intake = new FeedIntake();
  expect(put(intake, 12, 11, 9)).toBe(true);
  expect(ready(intake)).toEqual([]);
  intake.start();
  expect(intake.moveEarly("E1", 10)).toBe(true);
  expect(ready(intake)).toEqual([11, 12]);
});

test("an event of another epoch is not taken, but says that the log has to be read", () => {
  const intake = startedAt10();
  intake.put({ ...eventAt(11), epoch: "E2" }, "E1", 10);
  expect(intake.moveEarly("E1", 10)).toBe(false);
  expect(ready(intake)).toEqual([]);
});

test("what a repair read fills the hole, and what was early follows", () => {
  const intake = startedAt10();
  put(intake, 14);
  intake.putRepaired([10, 11, 12, 13].map(eventAt), 10, true);
  expect(intake.moveEarly("E1", accepted(intake))).toBe(true);
  expect(ready(intake)).toEqual([11, 12, 13, 14]);
});

test("a read that stopped before the log's head leaves something to read", () => {
  const intake = startedAt10();
  intake.putRepaired([11].map(eventAt), 10, false);
  expect(intake.moveEarly("E1", accepted(intake))).toBe(false);
  intake.putRepaired([12].map(eventAt), 11, true);
  expect(intake.moveEarly("E1", accepted(intake))).toBe(true);
});

test("what the log does not have, asked twice, is not waited for", () => {
  const intake = startedAt10();
  put(intake, 50);
  intake.putRepaired([], 10, true);
  expect(intake.moveEarly("E1", 10)).toBe(false);
  intake.putRepaired([], 10, true);
  expect(intake.moveEarly("E1", 10)).toBe(true);
});

const many = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

test("at most 1,000 events wait beyond a hole; the rest is read from the log", () => {
  const intake = startedAt10();
  put(intake, ...many(12, 1001));
  put(intake, 11);
  expect(ready(intake)).toEqual(many(11, 1001));
  expect(intake.moveEarly("E1", accepted(intake))).toBe(false);
});

test("at most 10,000 events wait for their turn, however they came; the log is read again when there is room", () => {
  const intake = startedAt10();
  expect(put(intake, ...many(11, 11_500))).toBe(true);
  expect(intake.ready.length).toBe(10_000);
  intake.putRepaired(many(10_011, 300).map(eventAt), accepted(intake), false);
  expect(intake.moveEarly("E1", accepted(intake))).toBe(true);
  expect(intake.ready.length).toBe(10_000);
  intake.take(1500);
  expect(intake.moveEarly("E1", 10 + 1500 + intake.ready.length)).toBe(false);
  expect(ready(intake)).toEqual(many(1511, 9500));
});

test("cleared, it holds nothing and waits for a new start", () => {
  const intake = startedAt10();
  put(intake, 11, 13);
  intake.clear();
  expect(intake.isStarted).toBe(false);
  intake.start();
  expect(put(intake, 12)).toBe(false);
  expect(ready(intake)).toEqual([]);
});

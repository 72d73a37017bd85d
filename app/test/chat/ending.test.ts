import { expect, test } from "bun:test";
import { describeEnding, type HandoverEnding, handoverEnding } from "../../src/chat/ending.ts";

/** What Bun 1.4.5 reports for what its parser closes. */
const parserCloses: [reason: string, code: number][] = [
  ["Received too big message", 1009],
  ["Received invalid UTF-8", 1007],
  ["Received invalid compressed data", 1007],
  ["Received invalid opcode", 1002],
  ["Received an incorrectly masked frame", 1002],
  ["Received invalid close code", 1002],
];
test.each(parserCloses)("%j is %d", (reason, code) => {
  expect(describeEnding(1006, reason, false, true)).toEqual({ code, countedAs: code });
});

const endings: [
  what: string,
  code: number,
  isOurs: boolean,
  hasBacklog: boolean,
  expected: [number, number],
][] = [
  ["a reader that was cut", 1006, false, true, [4002, 4002]],
  ["a peer that vanished", 1006, false, false, [1006, 1006]],
  ["our own close", 4501, true, true, [4501, 4501]],
  ["a client that leaves", 1000, false, true, [1000, 1000]],
  ["a page that is closed", 1001, false, false, [1001, 1001]],
  ["a close without a code", 1005, false, false, [1005, 1005]],
  ["a client that says 4002", 4002, false, false, [4002, 0]],
  ["a client that says 1009", 1009, false, false, [1009, 0]],
];
test.each(endings)("%s: %d", (_what, code, isOurs, hasBacklog, [expected, countedAs]) => {
  expect(describeEnding(code, "", isOurs, hasBacklog)).toEqual({ code: expected, countedAs });
});

const handovers: [what: string, code: number, isOurs: boolean, expected: HandoverEnding][] = [
  ["left", 1000, false, "moved"],
  ["left with its page", 1001, false, "moved"],
  ["left without a code", 1005, false, "moved"],
  ["left with a code that it made up", 1012, false, "moved"],
  ["was replaced by its next", 4501, true, "moved"],
  ["was closed when its time was over", 1012, true, "forced"],
  ["was closed for something else", 4004, true, "lost"],
  ["vanished", 1006, false, "lost"],
];
test.each(handovers)("who was sent away and %s", (_what, code, isOurs, expected) => {
  expect(handoverEnding(describeEnding(code, "", isOurs, false))).toBe(expected);
});

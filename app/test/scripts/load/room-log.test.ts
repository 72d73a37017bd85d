import { expect, test } from "bun:test";
import { RoomLog } from "../../../../scripts/load/room-log.js";

const seqsOf = (...seqs: number[]) => seqs.map((seq): [epoch: string, seq: number] => ["e", seq]);

/** What is said of a log that began at 10, after these events and a look at the head. */
function verdictsOn(events: readonly [epoch: string, seq: number][], head = 12): string[] {
  const said: string[] = [];
  const log = new RoomLog({
    lost: (count) => said.push(`lost ${count}`),
    doubled: () => said.push("doubled"),
    outOfOrder: () => said.push("out of order"),
  });
  log.begin("e", 10);
  for (const [epoch, seq] of events) log.take(epoch, seq);
  log.reach(events.at(-1)?.[0] ?? "e", head);
  log.end();
  return said;
}

const cases: [what: string, events: [string, number][], said: string[]][] = [
  ["every seq once, in order", seqsOf(11, 12), []],
  ["a hole", seqsOf(11, 13, 14), ["lost 1"]],
  ["a hole at the start", seqsOf(12), ["lost 1"]],
  ["a missing end", seqsOf(11), ["lost 1"]],
  ["nothing at all", [], ["lost 2"]],
  ["a repetition", seqsOf(11, 11, 12), ["doubled"]],
  ["what was there before the join", seqsOf(10, 11, 12), ["doubled"]],
  ["two that changed places", seqsOf(12, 11), ["out of order"]],
  [
    "another epoch",
    [
      ["e", 11],
      ["f", 12],
    ],
    ["out of order"],
  ],
];

test.each(cases)("%s", (_what, events, said) => {
  expect(verdictsOn(events)).toEqual(said);
});

function logFrom(seq: number) {
  const said: string[] = [];
  const verdicts = {
    lost: () => said.push("lost"),
    doubled: () => said.push("doubled"),
    outOfOrder: () => said.push("out of order"),
  };
  const log = new RoomLog(verdicts);
  log.begin("e", seq);
  return { log, said };
}

test("a second socket may repeat what the first one brought, and no more", () => {
  const { log, said } = logFrom(10);
  log.take("e", 11);
  log.allowRepeats();
  expect([log.take("e", 11), log.take("e", 12), log.take("e", 12)]).toEqual([false, true, false]);
  expect(said).toEqual(["doubled"]);
});

test("a room without a log takes the epoch of its first event", () => {
  const { log, said } = logFrom(0);
  log.begin("", 0);
  log.take("e", 1);
  log.reach("", 0);
  expect([log.epoch, log.seq, said]).toEqual(["e", 1, []]);
});

test("a log that starts over forgets its holes", () => {
  const { log, said } = logFrom(10);
  log.take("e", 13);
  expect(log.isWhole).toBe(false);
  log.begin("f", 3);
  log.take("f", 4);
  log.end();
  expect(said).toEqual([]);
});

test("a hole too large to be remembered is lost at once", () => {
  const { log, said } = logFrom(10);
  log.take("e", 20_012);
  expect([log.isWhole, said]).toEqual([true, ["lost"]]);
});

import { describe, expect, test } from "bun:test";
import type { Answer } from "../../src/chat/answer.ts";
import type { Publish, PublishResult, StoredEvent } from "../../src/chat/engine.ts";
import { PendingWrite } from "../../src/chat/pending-write.ts";
import { WritesInFlight } from "../../src/chat/writes-in-flight.ts";
import { eventAt } from "../support/event-at.ts";

const room = "room:a";
const messageId = "the-message";

/** What becomes of a write: its event's seq, that of a log that it did not change, or a refusal. */
type Outcome = { readonly stored: number } | { readonly same: number } | { readonly refused: "not_found" };
interface Write {
  readonly asks: Pick<Publish, "kind" | "commandId" | "reaction">;
  readonly outcome: Outcome;
}

const react = (
  emoji: string,
  action: "add" | "remove",
  commandId: string | null,
  outcome: Outcome,
): Write => ({
  asks: { kind: "reaction", commandId, reaction: { emoji, action } },
  outcome,
});
const change = (kind: Publish["kind"], commandId: string | null, outcome: Outcome): Write => ({
  asks: { kind, commandId },
  outcome,
});

const publishOf = ({ asks }: Write): Publish => ({
  room,
  userId: "ann",
  authorId: "ann",
  authorName: "Ann",
  authorImage: null,
  messageId,
  content: null,
  metaJson: null,
  createdAt: 1,
  instance: "i1",
  socket: 7,
  commandHash: "",
  ...asks,
});

const resultOf = ({ outcome }: Write): PublishResult => {
  if ("refused" in outcome) return { ok: false, code: outcome.refused };
  const seq = "stored" in outcome ? outcome.stored : outcome.same;
  return { ok: true, epoch: "E1", seq, messageId, createdAt: 1, duplicate: "same" in outcome };
};

const eventOf = ({ asks }: Write, seq: number): StoredEvent => {
  const { kind, commandId, reaction } = asks;
  const rest = reaction === undefined ? null : JSON.stringify(reaction);
  return { ...eventAt(seq), kind, messageId, commandId, rest, instance: "i1", socket: 7 };
};

/** Each order of two lists that keeps the order of each. */
function* merges<T>(one: readonly T[], other: readonly T[]): Generator<T[]> {
  const [first, ...rest] = one;
  const [second, ...others] = other;
  if (first === undefined || second === undefined) return yield [...one, ...other];
  for (const merged of merges(rest, other)) yield [first, ...merged];
  for (const merged of merges(one, others)) yield [second, ...merged];
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) return yield [];
  for (const [index, item] of items.entries())
    for (const rest of permutations(items.toSpliced(index, 1))) yield [item, ...rest];
}

type Step = { readonly result: number } | { readonly event: number };

/** Runs the steps. Tells what the socket got: `event 1`, `0 ack 1`, `0 dup 1`, `0 not_found`. */
function run(writes: readonly Write[], steps: readonly Step[]): string[] {
  const frames: string[] = [];
  let head = 0;
  const pending = writes.map((write) => new PendingWrite(publishOf(write), 0, 0));
  const inFlight = new WritesInFlight({
    answerWrite: (write, answer) => frames.push(`${pending.indexOf(write)} ${describeAnswer(answer)}`),
  });
  for (const write of pending) inFlight.add(write);
  for (const step of steps) {
    if ("event" in step) {
      const seq = stored(writes[step.event]) ?? 0;
      head = seq;
      if (!inFlight.place(room, eventOf(writes[step.event] as Write, seq))) frames.push(`event ${seq}`);
    } else {
      const isPassed = (stored(writes[step.result]) ?? Number.POSITIVE_INFINITY) <= head;
      const result = resultOf(writes[step.result] as Write);
      inFlight.settle(pending[step.result] as PendingWrite, result, isPassed ? "passed" : "ahead");
    }
  }
  return [...frames, ...(inFlight.count > 0 ? ["unanswered"] : [])];
}

const stored = (write: Write | undefined): number | undefined =>
  write !== undefined && "stored" in write.outcome ? write.outcome.stored : undefined;

function describeAnswer(answer: Answer): string {
  if (!answer.ok) return answer.code;
  const { seq, duplicate } = JSON.parse("json" in answer ? answer.json : "{}");
  return `${duplicate ? "dup" : "ack"} ${seq}`;
}

/** What promise 1 rules out. */
function problemsIn(writes: readonly Write[], frames: readonly string[], areAlike: boolean): string[] {
  const answers = frames.filter((frame) => /^\d/.test(frame));
  const inOrder = answers.map((frame) => Number.parseInt(frame, 10));
  const moves = frames.flatMap((frame) => frame.match(/^(?:event|\d+ ack) (\d+)$/)?.[1] ?? []).map(Number);
  const seqs = writes.flatMap((write) => stored(write) ?? []);
  const expected = writes.map(({ outcome }, index) => {
    if ("refused" in outcome) return `${index} ${outcome.refused}`;
    return "same" in outcome ? `${index} dup ${outcome.same}` : `${index} (ack|dup) ${outcome.stored}`;
  });
  const isAnswered = expected.every((pattern, index) =>
    new RegExp(`^${pattern}$`).test(answers[index] ?? ""),
  );
  return [
    ...(frames.includes("unanswered") ? ["left without an answer"] : []),
    ...(Bun.deepEquals(inOrder, [...writes.keys()]) ? [] : ["not answered once each, in order"]),
    ...(Bun.deepEquals(moves, seqs) ? [] : ["not each seq once, in order"]),
    ...(isAnswered || areAlike ? [] : ["not the right answers"]),
  ];
}

const scenarios: [what: string, writes: Write[], areAlike?: boolean][] = [
  ["two reactions", [react("a", "add", "1", { stored: 1 }), react("b", "add", "2", { stored: 2 })]],
  [
    "one that changes nothing between two that do",
    [
      react("a", "add", "1", { stored: 1 }),
      react("b", "add", "2", { same: 1 }),
      react("c", "add", "3", { stored: 2 }),
    ],
  ],
  [
    "the same without ids",
    [
      react("a", "add", null, { stored: 1 }),
      react("b", "add", null, { same: 1 }),
      react("c", "add", null, { stored: 2 }),
    ],
  ],
  [
    "to and fro without ids, of which the first changes nothing",
    [
      react("a", "add", null, { same: 0 }),
      react("a", "remove", null, { stored: 1 }),
      react("a", "add", null, { stored: 2 }),
      react("a", "remove", null, { stored: 3 }),
    ],
  ],
  [
    "a refusal between two",
    [
      change("message_edit", "1", { stored: 1 }),
      change("message_edit", "2", { refused: "not_found" }),
      change("message_delete", "3", { stored: 2 }),
    ],
  ],
  [
    "edits without ids, and a deletion",
    [
      change("message_edit", null, { stored: 1 }),
      change("message_edit", null, { stored: 2 }),
      change("message_delete", null, { stored: 3 }),
      change("message_edit", null, { refused: "not_found" }),
    ],
  ],
  [
    "the very same without ids, of which the later one counts",
    [react("a", "add", null, { same: 0 }), react("a", "add", null, { stored: 1 })],
    true,
  ],
];

describe("writes to one message, whatever comes first of answers and events", () => {
  test.each(scenarios)("%s", (_, writes, areAlike = false) => {
    const events = writes.flatMap((write, event) => (stored(write) === undefined ? [] : [{ event }]));
    for (const results of permutations(writes.map((_, result) => ({ result })))) {
      for (const steps of merges<Step>(results, events)) {
        const frames = run(writes, steps);
        const problems = problemsIn(writes, frames, areAlike);
        expect({ steps: JSON.stringify(steps), frames, problems }).toMatchObject({ problems: [] });
      }
    }
  });

  test("answers stand at their places where they come before the events", () => {
    const [, writes] = scenarios[1] as [string, Write[]];
    const results = writes.map((_, result) => ({ result }));
    expect(run(writes, [...results, { event: 0 }, { event: 2 }])).toEqual(["0 ack 1", "1 dup 1", "2 ack 2"]);
  });
});

describe("an event is taken for what a write stored", () => {
  const write = react("a", "add", "1", { stored: 5 });
  const event = eventOf(write, 5);
  const differences = [
    { socket: 8 },
    { instance: "i2" },
    { kind: "message_edit" },
    { commandId: "2" },
    { messageId: "x" },
    { rest: '{"emoji":"b","action":"add"}' },
  ];

  test.each(differences)("but not with %j", (difference) => {
    const { inFlight } = unanswered(write);
    expect(inFlight.expects(room, event)).toBe(true);
    expect(inFlight.expects("room:b", event)).toBe(false);
    expect(inFlight.expects(room, { ...event, ...difference })).toBe(false);
  });

  test("but not elsewhere, or if another has its place, once that is known", () => {
    const { inFlight, last } = unanswered(write);
    inFlight.settle(last, resultOf(write), "ahead");
    expect(inFlight.expects(room, event)).toBe(true);
    expect(inFlight.expects(room, { ...event, epoch: "E2" })).toBe(true);
    expect(inFlight.expects(room, { ...event, seq: 4 })).toBe(false);
    expect(inFlight.expects(room, { ...event, messageId: "x" })).toBe(false);
  });

  test("but not once it is known to have stored none", () => {
    const { inFlight, last } = unanswered(react("b", "add", "0", { stored: 4 }), write);
    inFlight.settle(last, resultOf({ ...write, outcome: { same: 5 } }), "ahead");
    expect(inFlight.expects(room, event)).toBe(false);
  });
});

test("an answer is not waited for in another room", () => {
  const write = react("a", "add", "1", { stored: 5 });
  const { inFlight } = unanswered(write);
  const elsewhere = { ...publishOf(write), room: "room:b" };
  inFlight.add(new PendingWrite(elsewhere, 0, 0));
  expect(inFlight.place("room:b", eventOf(write, 1))).toBe(true);
});

function unanswered(...writes: readonly Write[]) {
  const inFlight = new WritesInFlight({ answerWrite() {} });
  const pending = writes.map((write) => new PendingWrite(publishOf(write), 0, 0));
  for (const write of pending) inFlight.add(write);
  return { inFlight, last: pending.at(-1) as PendingWrite };
}

import { describe, expect, test } from "bun:test";
import { type Call, type Question, RedisCallQueue } from "../../src/engine/redis-call-queue.ts";

const roomy = { calls: 2000, textUnits: 1e9 };

function aCall(question: Question, textUnits = 0): Call {
  return { question, about: "a", textUnits, resolve() {}, reject() {}, isRepeated: false };
}

function queueOf(others: Question[], urgent: Question[] = [], bounds = roomy): RedisCallQueue {
  const queue = new RedisCallQueue(bounds);
  for (const question of others) queue.add(aCall(question), false);
  for (const question of urgent) queue.add(aCall(question), true);
  return queue;
}

const many = (count: number, question: Question): Question[] => Array(count).fill(question);
const namesOf = (calls: Call[]) => calls.map(({ question }) => String(question));

describe("a batch", () => {
  test("is what waits, in its order, the urgent first", () => {
    const queue = queueOf([["1"], ["2"]], [["now"], ["and now"]]);
    expect(queue.isEmpty).toBe(false);
    expect(namesOf(queue.take())).toEqual(["now", "and now", "1", "2"]);
    expect([queue.isEmpty, queue.take()]).toEqual([true, []]);
  });

  const text = "x".repeat(64 * 1024);
  const cases: [what: string, others: Question[], urgent: Question[], batches: number[]][] = [
    ["calls", many(600, ["1"]), [], [512, 88]],
    ["urgent calls", [], many(600, ["now"]), [256, 256, 88]],
    ["calls, and so many urgent ones beside", many(600, ["1"]), many(300, ["now"]), [768, 132]],
    ["text", many(6, [text]), [], [4, 2]],
    ["urgent text", [], many(3, [text]), [2, 1]],
    ["text that is said once its turn has come", many(6, () => [text]), [], [4, 2]],
    ["text where one call has more than that", many(2, ["x".repeat(300 * 1024)]), [], [1, 1]],
  ];
  test.each(cases)("is no larger than what is answered in good time: %s", (_, others, urgent, batches) => {
    const queue = queueOf(others, urgent);
    expect(batches.map(() => queue.take().length)).toEqual(batches);
    expect(queue.isEmpty).toBe(true);
  });
});

describe("a queue", () => {
  test("is full of calls, whichever they are", () => {
    const queue = queueOf([["1"]], [["now"]], { calls: 3, textUnits: 100 });
    expect(queue.isFull).toBe(false);
    queue.add(aCall(["2"]), false);
    expect(queue.isFull).toBe(true);
  });

  test("is full of text, until that was taken", () => {
    for (const take of [
      (queue: RedisCallQueue) => queue.take(),
      (queue: RedisCallQueue) => queue.takeAll(),
    ]) {
      const queue = queueOf([], [], { calls: 3, textUnits: 10 });
      for (const isUrgent of [false, true]) queue.add(aCall(["12345"], 5), isUrgent);
      expect(queue.isFull).toBe(true);
      expect(take(queue)).toHaveLength(2);
      expect([queue.isFull, queue.isEmpty]).toEqual([false, true]);
      queue.add(aCall(["123456789"], 9), false);
      expect(queue.isFull).toBe(false);
    }
  });
});

import { expect, test } from "bun:test";
import { Channel, type ChannelFrame } from "../../src/workers/channel.ts";

/** Two that are connected; what one asks, `answer` is asked on the other side. */
function pair(answer: (question: string, detail: unknown) => unknown) {
  const sent: ChannelFrame[] = [];
  const other: Channel = new Channel((frame) => asker.take(frame), answer);
  const asker: Channel = new Channel(
    (frame) => {
      sent.push(frame);
      other.take(frame);
    },
    () => undefined,
  );
  return { asker, sent };
}

const aMinute = 60_000;

test("an answer comes to who asked, also out of turn", async () => {
  const slow = Promise.withResolvers<string>();
  const { asker } = pair((question, detail) => (question === "slow" ? slow.promise : [question, detail]));
  const first = asker.ask("slow", aMinute);
  expect(await asker.ask("quick", aMinute, { n: 1 })).toEqual(["quick", { n: 1 }]);
  slow.resolve("late");
  expect(await first).toBe("late");
});

const silences: [what: string, answer: () => unknown][] = [
  [
    "throws",
    () => {
      throw new Error("no");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no"))],
];
test.each(silences)("there is no answer from who %s", async (_, answer) => {
  expect(await pair(answer).asker.ask("question", aMinute)).toBeUndefined();
});

test("who takes too long is not waited for, and comes too late", async () => {
  const slow = Promise.withResolvers<string>();
  const { asker } = pair(() => slow.promise);
  expect(await asker.ask("question", 1)).toBeUndefined();
  slow.resolve("late");
  expect(await slow.promise).toBe("late");
});

test("nobody waits for who is gone", async () => {
  const { asker } = pair(() => new Promise(() => {}));
  const asked = asker.ask("question", aMinute);
  asker.close();
  expect(await asked).toBeUndefined();
  const gone = new Channel(
    () => {
      throw new Error("the pipe is closed");
    },
    () => undefined,
  );
  expect(await gone.ask("question", aMinute)).toBeUndefined();
});

test("more than a thousand questions at a time are not asked", async () => {
  const { asker, sent } = pair(() => new Promise(() => {}));
  const asked = Array.from({ length: 1001 }, () => asker.ask("question", aMinute));
  expect(await asked[1000]).toBeUndefined();
  expect(sent).toHaveLength(1000);
  asker.close();
  await Promise.all(asked);
});

import { expect, test } from "bun:test";
import type { Engine, Position, Replay } from "../../src/chat/engine.ts";
import type { RoomFeed } from "../../src/chat/room-feed.ts";
import { SharedReplays } from "../../src/chat/shared-replays.ts";
import { eventAt } from "../support/event-at.ts";

const epoch = eventAt(1).epoch;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const feedAt = (head: number, log = "room:a") => ({ room: "room:a", log, epoch, head }) as RoomFeed;
const at = (seq: number): Position => ({ epoch, seq });

/** A log with `seq` events, whose reads end when told. */
class PausedLog {
  seq = 5;
  readonly reads: (() => void)[] = [];
  readonly replays = new SharedReplays(this as unknown as Engine);

  async replay(_log: string, after: Position): Promise<Replay> {
    const { seq } = this;
    await new Promise<void>((resolve) => this.reads.push(resolve));
    const missed = Array.from({ length: seq - after.seq }, (_, index) => eventAt(after.seq + 1 + index));
    return { recovered: true, epoch, seq, events: missed, isComplete: true };
  }

  finish(): void {
    for (const end of this.reads) end();
  }
}

test("who asks the same while it is read gets the same, each event with its frame", async () => {
  const log = new PausedLog();
  const both = [log.replays.read(feedAt(5), at(3), 1000), log.replays.read(feedAt(5), at(3), 1000)];
  await turn();
  expect(log.reads.length).toBe(1);
  log.finish();
  const [first, second] = await Promise.all(both);
  expect(first).toBe(second as NonNullable<typeof second>);
  expect(first).toMatchObject({ recovered: true, seq: 5 });
  const frames = first?.recovered ? first.encoded.map(({ frame }) => JSON.parse(frame).payload.seq) : [];
  expect(frames).toEqual([4, 5]);
});

test("who is where the feed is has missed nothing, and nothing is read", async () => {
  const log = new PausedLog();
  const replay = await log.replays.read(feedAt(5), at(5), 1000);
  expect(replay).toEqual({ recovered: true, epoch, seq: 5, events: [], encoded: [], isComplete: true });
  expect(log.reads).toEqual([]);
});

test.each([
  ["behind it", at(4)],
  ["beyond it", at(6)],
  ["there in another epoch", { epoch: "another", seq: 5 }],
])("who is %s is told by the log", async (_what, after) => {
  const log = new PausedLog();
  log.seq = 6;
  void log.replays.read(feedAt(5), after, 1000);
  await turn();
  expect(log.reads.length).toBe(1);
});

const others: [what: string, feed: RoomFeed, after: Position, replayMax: number][] = [
  ["another position", feedAt(5), at(2), 1000],
  ["another epoch", feedAt(5), { epoch: "another", seq: 3 }, 1000],
  ["another bound", feedAt(5), at(3), 10],
  ["another log", feedAt(5, "notifications:bob"), at(3), 1000],
  ["a feed that has handed out more", feedAt(6), at(3), 1000],
  ["a feed in another life of the log", { ...feedAt(5), epoch: "another" } as RoomFeed, at(3), 1000],
];
test.each(others)("of %s there is another read", async (_what, feed, after, replayMax) => {
  const log = new PausedLog();
  void log.replays.read(feedAt(5), at(3), 1000);
  void log.replays.read(feed, after, replayMax);
  await turn();
  expect(log.reads.length).toBe(2);
});

test("a read is shared until the end of its turn", async () => {
  const log = new PausedLog();
  const first = log.replays.read(feedAt(5), at(3), 1000);
  await turn();
  log.finish();
  await first;
  void log.replays.read(feedAt(5), at(3), 1000);
  expect(log.reads.length).toBe(1);
  await turn();
  await turn();
  void log.replays.read(feedAt(5), at(3), 1000);
  await turn();
  expect(log.reads.length).toBe(2);
});

test("a fault is told to all who share it, and not to the next", async () => {
  const log = new PausedLog();
  let asked = 0;
  log.replay = async () => {
    asked++;
    throw new Error("away");
  };
  const both = [log.replays.read(feedAt(5), at(3), 1000), log.replays.read(feedAt(5), at(3), 1000)];
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await turn();
  await expect(log.replays.read(feedAt(5), at(3), 1000)).rejects.toThrow("away");
  expect(asked).toBe(2);
});

test("256 different ones are shared at a time, the others read alone", async () => {
  const log = new PausedLog();
  log.seq = 1000;
  for (let seq = 0; seq < 257; seq++) void log.replays.read(feedAt(1000), at(seq), 1000);
  await turn();
  void log.replays.read(feedAt(1000), at(255), 1000);
  await turn();
  expect(log.reads.length).toBe(257);
  void log.replays.read(feedAt(1000), at(256), 1000);
  await turn();
  expect(log.reads.length).toBe(258);
});

import { expect, test } from "bun:test";
import { FeedRecording } from "../../src/chat/feed-recording.ts";
import { eventAt } from "../support/event-at.ts";

const seqs = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Records these events, each as large as said. */
function add(recording: FeedRecording, from: number, to: number, bytesEach = 10): void {
  const events = seqs(from, to).map((seq) => ({ event: eventAt(seq), frame: `frame ${seq}` }));
  recording.add(events, events.length * bytesEach);
}

const after = (recording: FeedRecording, seq: number, head: number) =>
  recording.after(seq, head)?.map(({ event, frame }) => `${event.seq}: ${frame}`) ?? null;

function begun(): FeedRecording {
  const recording = new FeedRecording();
  recording.begin();
  return recording;
}

test("what was handed out since a read is there, each event with its frame", () => {
  const recording = begun();
  add(recording, 6, 7);
  add(recording, 8, 8);
  expect(after(recording, 6, 8)).toEqual(["7: frame 7", "8: frame 8"]);
  expect(after(recording, 8, 8)).toEqual([]);
});

test("a read from before the recording finds that something is missing", () => {
  const recording = begun();
  add(recording, 6, 8);
  expect(after(recording, 4, 8)).toBeNull();
  expect(after(recording, 5, 8)?.length).toBe(3);
});

test("nothing is kept while nobody joins, nor after the last of those who did", () => {
  const recording = new FeedRecording();
  add(recording, 1, 1);
  recording.begin();
  recording.begin();
  add(recording, 2, 2);
  expect(after(recording, 0, 2)).toBeNull();
  recording.end();
  expect(after(recording, 1, 2)?.length).toBe(1);
  recording.end();
  recording.begin();
  expect(after(recording, 1, 2)).toBeNull();
});

const bounds: [what: string, count: number, bytesEach: number, isKept: boolean][] = [
  ["4,000 events", 4000, 1, true],
  ["4,001 events", 4001, 1, false],
  ["1 MiB", 1024, 1024, true],
  ["more than 1 MiB", 1025, 1024, false],
];
test.each(bounds)("%s", (_, count, bytesEach, isKept) => {
  const recording = begun();
  add(recording, 1, count, bytesEach);
  expect(after(recording, 0, count) !== null).toBe(isKept);
});

test("after it was full it records again", () => {
  const recording = begun();
  add(recording, 1, 4001);
  add(recording, 4002, 4002);
  expect(after(recording, 4001, 4002)?.length).toBe(1);
  expect(after(recording, 4000, 4002)).toBeNull();
});

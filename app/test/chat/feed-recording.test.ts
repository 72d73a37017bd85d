import { describe, expect, test } from "bun:test";
import type { StoredEvent } from "../../src/chat/engine.ts";
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
  const recording = new FeedRecording("room:a");
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
  const recording = new FeedRecording("room:a");
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

describe("the text of a message that was deleted", () => {
  const text = (seq: number, kind = "chat_message", messageId = "m") => ({
    ...eventAt(seq),
    kind,
    messageId,
  });
  const deletion = (seq: number, messageId = "m") => ({
    ...eventAt(seq),
    ...{ kind: "message_delete", messageId, content: null },
  });
  const record = (recording: FeedRecording, ...events: readonly StoredEvent[]) =>
    recording.add(
      events.map((event) => ({ event, frame: `${event.kind} ${event.seq}` })),
      1,
    );

  const ways: [how: string, together: boolean][] = [
    ["at once", true],
    ["later", false],
  ];
  test.each(ways)("is forgotten %s, with that of its edits, and nothing else is", (_, together) => {
    const recording = begun();
    const other = text(3, "chat_message", "other");
    const events = [text(1), text(2, "message_edit"), other, text(4, "reaction"), deletion(5)];
    if (together) record(recording, ...events);
    else for (const event of events) record(recording, event);
    const frames = recording.after(0, 5)?.map(({ frame }) => frame);
    const skipped = (seq: number) =>
      `{"type":"skipped","payload":{"room":"room:a","epoch":"E1","seq":${seq}}}`;
    expect(frames).toEqual([skipped(1), skipped(2), "chat_message 3", "reaction 4", "message_delete 5"]);
    expect(JSON.stringify(recording.after(0, 5)?.slice(0, 2))).not.toContain("text");
  });

  test("is known as such to those who read before, also past the bounds, and to nobody afterwards", () => {
    const recording = begun();
    record(recording, deletion(2));
    recording.clear();
    expect(
      [text(1), deletion(2), text(1, "chat_message", "other")].map((e) => recording.isDeleted(e)),
    ).toEqual([true, false, false]);
    recording.end();
    recording.begin();
    expect(recording.isDeleted(text(1))).toBe(false);
  });

  test("is known of the last 4,000", () => {
    const recording = begun();
    for (const seq of seqs(1, 4001)) record(recording, deletion(seq, `m${seq}`));
    const isDeleted = (messageId: string) => recording.isDeleted(text(1, "chat_message", messageId));
    expect([isDeleted("m1"), isDeleted("m2"), isDeleted("m4001")]).toEqual([false, true, true]);
  });
});

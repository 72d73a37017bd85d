import { expect, test } from "bun:test";
import { decodeNote, encodeCommand, encodeNote, framesIn } from "../../../../scripts/load/chat-wire.js";

test("a note comes back as it was written", () => {
  const note = { sender: "17-2", number: 3, sentAt: 1_700_000_000_000, previousSeq: 41 };
  expect(decodeNote(encodeNote(note))).toEqual(note);
});

test.each([undefined, null, "", "hello", "k6 1-1 x 5 6", "k6 1-1 1 2 3 4"])(
  "somebody else's text is no note: %j",
  (content) => {
    expect(decodeNote(content)).toBeNull();
  },
);

test("a batch is taken apart", () => {
  const one = { type: "chat_message", payload: { seq: 1 } };
  const two = { type: "chat_message", payload: { seq: 2 } };
  expect(framesIn(JSON.stringify({ type: "batch", payload: { events: [one, two] } }))).toEqual([one, two]);
  expect(framesIn(encodeCommand("ping", "p", {}))).toEqual([{ type: "ping", id: "p", payload: {} }]);
});

import { describe, expect, test } from "bun:test";
import { encodeAnswer, encodeHistoryItem, encodeStoredEvent } from "../../src/chat/event-frames.ts";
import { eventAt } from "../support/event-at.ts";

const place = { room: "room:a", epoch: "E1", seq: 7 };
const hostile = 'a"b\\c\n\u2028</script>😀';
const decoded = (text: string) => JSON.parse(text);

describe("a stored event becomes a frame", () => {
  test("with what users wrote unchanged", () => {
    const event = {
      ...eventAt(7),
      content: hostile,
      authorName: hostile,
      authorId: hostile,
      authorImage: hostile,
      commandId: hostile,
      metaJson: '{"__proto__":{"x":[1,2]}}',
    };
    const { message } = decoded(encodeStoredEvent("room:a", event)).payload;
    expect([
      message.content,
      message.authorName,
      message.authorId,
      message.authorImage,
      message.clientId,
    ]).toEqual(new Array(5).fill(hostile));
    expect(JSON.stringify(message.meta)).toBe('{"__proto__":{"x":[1,2]}}');
  });

  test("with null where there is nothing", () => {
    const { type, payload } = decoded(encodeStoredEvent("room:a", eventAt(7)));
    expect(type).toBe("chat_message");
    expect(payload).toMatchObject({ ...place, message: { clientId: null, authorImage: null, meta: null } });
  });

  test("without text, as skipped", () => {
    expect(decoded(encodeStoredEvent("room:a", { ...eventAt(7), content: null }))).toEqual({
      type: "skipped",
      payload: place,
    });
  });

  const kinds: [kind: string, rest: string | null, payload: object][] = [
    ["poll_opened", '{"question":"?","options":["a","b"]}', { question: "?", options: ["a", "b"] }],
    ["nothing_more", "{}", {}],
    ["nothing_at_all", null, {}],
    ['odd"kind', '{"a":1}', { a: 1 }],
  ];
  test.each(kinds)("of the unknown kind %s, as it is", (kind, rest, payload) => {
    expect(decoded(encodeStoredEvent("room:a", { ...eventAt(7), kind, rest, content: null }))).toEqual({
      type: kind,
      payload: { ...place, ...payload },
    });
  });
});

test("history shows a message with its seq and reactions", () => {
  const item = decoded(encodeHistoryItem({ ...eventAt(7), isEdited: true, content: hostile }));
  expect(item).toMatchObject({ id: "message-7", content: hostile, isEdited: true, seq: 7, reactions: [] });
});

test("an answer carries the command's id, whatever it is made of, or none", () => {
  expect(decoded(encodeAnswer(hostile, "{}"))).toEqual({
    type: "message_response",
    id: hostile,
    payload: {},
  });
  expect(encodeAnswer(null, "{}", "pong")).toBe('{"type":"pong","payload":{}}');
});

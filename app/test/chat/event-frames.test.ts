import { describe, expect, test } from "bun:test";
import type { StoredEvent, WriteKind } from "../../src/chat/engine.ts";
import {
  encodeAnswer,
  encodeHistoryItem,
  encodeStoredEvent,
  encodeWriteAnswer,
} from "../../src/chat/event-frames.ts";
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

  const textual = ["chat_message", "message_edit", "notification"];
  test.each(textual)("%s without text, as skipped", (kind) => {
    expect(decoded(encodeStoredEvent("room:a", { ...eventAt(7), kind, content: null }))).toEqual({
      type: "skipped",
      payload: place,
    });
  });

  const messageId = "message-7";
  const metaJson = '{"a":[1]}';
  const reaction = { emoji: hostile, action: "remove" };
  const time = eventAt(7).createdAt;
  const changes: [kind: string, event: Partial<StoredEvent>, payload: object][] = [
    ["message_edit", { content: hostile }, { messageId, content: hostile, meta: null, editedAt: time }],
    ["message_edit", { content: "", metaJson }, { messageId, content: "", meta: { a: [1] }, editedAt: time }],
    ["message_delete", { content: null }, { messageId }],
    [
      "reaction",
      { content: null, authorId: hostile, rest: JSON.stringify(reaction) },
      { messageId, userId: hostile, ...reaction },
    ],
    [
      "notification",
      { content: '{"x":["\\u2028"]}' },
      { id: messageId, payload: { x: ["\u2028"] }, createdAt: time },
    ],
    ["notification", { content: "null" }, { id: messageId, payload: null, createdAt: time }],
  ];
  test.each(changes)("%s with the fields of its kind: %j", (kind, event, payload) => {
    expect(decoded(encodeStoredEvent("room:a", { ...eventAt(7), kind, ...event }))).toEqual({
      type: kind,
      payload: { ...place, ...payload },
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
  const reactions = [{ emoji: hostile, count: 2, mine: true }];
  const item = decoded(encodeHistoryItem({ ...eventAt(7), isEdited: true, content: hostile, reactions }));
  expect(item).toMatchObject({ id: "message-7", content: hostile, isEdited: true, seq: 7, reactions });
});

test("history shows of a notification what it says, and when", () => {
  const notification = { ...eventAt(7), kind: "notification", content: "[1]", reactions: [] };
  const item = decoded(encodeHistoryItem(notification));
  expect(item).toEqual({ seq: 7, id: "message-7", payload: [1], createdAt: eventAt(7).createdAt });
});

const answers: [kind: WriteKind, time: object][] = [
  ["chat_message", { createdAt: 5 }],
  ["message_edit", {}],
  ["message_delete", {}],
  ["reaction", {}],
];
test.each(answers)("the answer to a write: %s", (kind, time) => {
  const stored = { epoch: "E1", seq: 7, messageId: "m", createdAt: 5 };
  const answer = decoded(encodeWriteAnswer("room:a", kind, stored, true));
  expect(answer).toEqual({ ...place, messageId: "m", ...time, duplicate: true });
});

test("an answer carries the command's id, whatever it is made of, or none", () => {
  expect(decoded(encodeAnswer(hostile, "{}"))).toEqual({
    type: "message_response",
    id: hostile,
    payload: {},
  });
  expect(encodeAnswer(null, "{}", "pong")).toBe('{"type":"pong","payload":{}}');
});

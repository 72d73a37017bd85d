import { describe, expect, test } from "bun:test";
import { decodeCommand, encodeError, encodeEvent, packFrames } from "../../src/protocol/codec.ts";
import { errorCodes, errors } from "../../src/protocol/errors.ts";

const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

const frame = (type: string, payload: unknown, id?: unknown): string => JSON.stringify({ type, id, payload });

describe("a frame that is a command", () => {
  test("comes with its type, its id and its payload", () => {
    expect(decodeCommand('{"type":"history","id":"h1","payload":{"room":"room:a","limit":7}}')).toEqual({
      ok: true,
      id: "h1",
      type: "history",
      command: { type: "history", id: "h1", payload: { room: "room:a", limit: 7 } },
    });
  });

  const ids: [text: string, id: string | null][] = [
    ['{"type":"ping"}', null],
    ['{"type":"ping","id":null}', null],
    ['{"type":"ping","id":"x"}', "x"],
    [`{"type":"ping","id":"${"x".repeat(64)}"}`, "x".repeat(64)],
    ['{"type":"ping","id":"😀"}', "😀"],
  ];
  test.each(ids)("%s has the id %p", (text, id) => {
    expect(decodeCommand(text)).toMatchObject({ ok: true, id });
  });

  const accepted: [what: string, text: string][] = [
    ["without a payload where nothing is needed", '{"type":"rooms"}'],
    ["with fields that nobody knows", '{"type":"ping","payload":{"x":1},"y":2,"__proto__":{"z":3}}'],
    ["with a limitless-looking field of another command", frame("ping", { meta: "x".repeat(5000) })],
    ["with an unknown field that could not be stored", '{"type":"ping","payload":{"content":"\\ud800"}}'],
    ["with 8,000 characters", frame("send_message", { room: "room:a", content: "x".repeat(8000) })],
    ["with content 64 levels deep", `{"type":"message","payload":{"content":${nested(64)}}}`],
    ["with null as content", '{"type":"message","payload":{"content":null}}'],
    ["with 4,096 bytes of meta", frame("send_message", metaOf(4096))],
    ["for 100 rooms", frame("join", { rooms: roomsOf(100) })],
    ["of 50 commands", frame("batch", { commands: new Array(50).fill(1) })],
    ["with the highest seq", frame("history", { room: "room:a", before: Number.MAX_SAFE_INTEGER })],
    ["for a name of 64 characters", frame("presence", { room: `group:${"n".repeat(64)}` })],
    ["with a duplicate key, of which the last one counts", '{"type":"x","type":"ping"}'],
  ];
  test.each(accepted)("is taken %s", (_, text) => {
    expect(decodeCommand(text)).toMatchObject({ ok: true });
  });

  test("keeps keys named __proto__, constructor and toString as they are", () => {
    const content = '{"__proto__":{"isAdmin":true},"constructor":1,"toString":null}';
    const decoded = decodeCommand(`{"type":"message","payload":{"content":${content}}}`);
    if (!decoded.ok) throw new Error(decoded.message);
    expect(JSON.stringify(decoded.command.payload)).toBe(`{"content":${content}}`);
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });
});

describe("a frame that cannot be read is refused", () => {
  const idMessage = "id: expected a string of 1 to 64 characters.";
  const typeMessage = "type: expected the name of a command.";
  const unreadable: [text: string, id: string | null, message: string][] = [
    ["", null, "The frame is not valid JSON."],
    ["{", null, "The frame is not valid JSON."],
    ["{'type':'ping'}", null, "The frame is not valid JSON."],
    ['\ufeff{"type":"ping"}', null, "The frame is not valid JSON."],
    ['{"type":"ping"}{}', null, "The frame is not valid JSON."],
    ["[]", null, "A frame is a JSON object."],
    ['[{"type":"ping"}]', null, "A frame is a JSON object."],
    ["null", null, "A frame is a JSON object."],
    ['"ping"', null, "A frame is a JSON object."],
    ["1e999", null, "A frame is a JSON object."],
    ["{}", null, typeMessage],
    ['{"type":null,"id":"x"}', "x", typeMessage],
    ['{"type":"","id":"x"}', "x", typeMessage],
    ['{"type":["ping"],"id":"x"}', "x", typeMessage],
    ['{"__proto__":{"type":"ping"}}', null, typeMessage],
    ['{"type":"ping","id":""}', null, idMessage],
    ['{"type":"ping","id":7}', null, idMessage],
    ['{"type":"ping","id":["x"]}', null, idMessage],
    ['{"type":"ping","id":"\\ud800"}', null, idMessage],
    [`{"type":"ping","id":"${"x".repeat(65)}"}`, null, idMessage],
  ];
  test.each(unreadable)("%p", (text, id, message) => {
    expect(decodeCommand(text)).toEqual({ ok: false, type: "", id, code: "bad_message", message });
  });

  test("when it is nested so deep that it could exhaust the stack", () => {
    const message = "payload.content: nested deeper than 64 levels.";
    const decoded = decodeCommand(`{"type":"message","payload":{"content":${nested(500_000)}}}`);
    expect(decoded.ok ? "" : decoded.code).toBe("bad_message");
    expect(decodeCommand(`{"type":"message","payload":{"content":${nested(65)}}}`)).toMatchObject({
      message,
    });
  });
});

describe("a type that is not served is refused", () => {
  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "Ping", "ping ", "chat_message"])(
    "%p",
    (type) => {
      expect(decodeCommand(frame(type, {}, "x"))).toEqual({
        ok: false,
        id: "x",
        type,
        code: "unknown_type",
        message: errors.unknown_type.message,
      });
    },
  );
});

describe("a payload is refused", () => {
  const room = "room:a";
  const at = (path: string, type: string, payload: unknown): [string, string, string] => [
    path,
    frame(type, payload, "x"),
    "bad_message",
  ];
  const tooLarge = (path: string, type: string, payload: unknown): [string, string, string] => [
    path,
    frame(type, payload, "x"),
    "too_large",
  ];
  const raw = (path: string, type: string, payload: string): [string, string, string] => [
    path,
    `{"type":"${type}","id":"x","payload":${payload}}`,
    "bad_message",
  ];
  const messageId = "0190a000-0000-7000-8000-000000000000";
  const refused: [path: string, text: string, code: string][] = [
    at("payload", "ping", null),
    at("payload", "ping", []),
    at("payload", "ping", "x"),
    raw("payload.content", "message", "{}"),
    raw("payload.content", "message", '{"content":1e999}'),
    raw("payload.content", "message", '{"content":-1e999}'),
    raw("payload.content", "message", '{"content":"\\ud800"}'),
    raw("payload.content", "message", '{"content":["\\udc00\\ud800"]}'),
    raw("payload.content", "message", '{"content":{"\\ud800":1}}'),
    raw("payload.content", "message", '{"__proto__":{"content":1}}'),
    raw("payload.content", "message", `{"content":${nested(65)}}`),
    at("payload.room", "send_message", { content: "x" }),
    at("payload.content", "send_message", { room }),
    at("payload.content", "send_message", { room, content: "" }),
    at("payload.content", "send_message", { room, content: ["x"] }),
    raw("payload.content", "send_message", '{"room":"room:a","content":"\\ud800"}'),
    tooLarge("payload.content", "send_message", { room, content: "x".repeat(8001) }),
    at("payload.meta", "send_message", { room, content: "x", meta: [] }),
    at("payload.meta", "send_message", { room, content: "x", meta: null }),
    raw("payload.meta", "send_message", '{"room":"room:a","content":"x","meta":{"n":1e999}}'),
    raw("payload.meta", "send_message", '{"room":"room:a","content":"x","meta":{"\\ud800":1}}'),
    tooLarge("payload.meta", "send_message", metaOf(4097)),
    tooLarge("payload.meta", "send_message", { ...metaOf(4097), emoji: "x" }),
    at("payload.rooms", "join", {}),
    at("payload.rooms", "join", { rooms: [] }),
    at("payload.rooms", "join", { rooms: { length: 1, 0: { room } } }),
    at("payload.rooms.0", "join", { rooms: [room] }),
    at("payload.rooms.1.room", "join", { rooms: [{ room }, { room: "lobby" }] }),
    at("payload.rooms.0.seq", "join", { rooms: [{ room, epoch: "e", seq: -1 }] }),
    at("payload.rooms.0.seq", "join", { rooms: [{ room, epoch: "e", seq: 1.5 }] }),
    at("payload.rooms.0.seq", "join", { rooms: [{ room, epoch: "e", seq: 2 ** 53 }] }),
    at("payload.rooms.0.seq", "join", { rooms: [{ room, epoch: "e", seq: "7" }] }),
    at("payload.rooms.0.epoch", "join", { rooms: [{ room, epoch: 7, seq: 7 }] }),
    tooLarge("payload.rooms.0.epoch", "join", { rooms: [{ room, epoch: "e".repeat(65), seq: 7 }] }),
    at("payload.rooms.0.replayMax", "join", { rooms: [{ room, replayMax: 10_001 }] }),
    tooLarge("payload.rooms", "join", { rooms: roomsOf(101) }),
    tooLarge("payload.rooms", "leave", { rooms: new Array(101).fill(room) }),
    at("payload.limit", "history", { room, limit: 0 }),
    at("payload.limit", "history", { room, limit: 101 }),
    at("payload.before", "history", { room, before: 1e300 }),
    at("payload.commands", "batch", { commands: [] }),
    tooLarge("payload.commands", "batch", { commands: new Array(51).fill(1) }),
    at("payload.messageId", "message_delete", { room, messageId: "1" }),
    at("payload.action", "reaction", { room, messageId, emoji: "x", action: "toggle" }),
    at("payload.emoji", "reaction", { room, messageId, emoji: "", action: "add" }),
    raw("payload.emoji", "reaction", reactionOf(messageId, "\\ud800")),
    tooLarge("payload.emoji", "reaction", { room, messageId, emoji: "x".repeat(33), action: "add" }),
    at("payload.isTyping", "typing", { room, isTyping: 1 }),
    tooLarge("payload.token", "refresh_token", { token: "x".repeat(8193) }),
  ];
  test.each(refused)("%s (%#)", (path, text, code) => {
    const decoded = decodeCommand(text);
    expect(decoded).toMatchObject({ ok: false, id: "x", code });
    if (!decoded.ok) expect(decoded.message).toStartWith(`${path}: `);
  });
});

function roomsOf(count: number): { room: string }[] {
  return Array.from({ length: count }, (_, index) => ({ room: `room:${index}` }));
}

/** A message with so many bytes of meta, in characters of two bytes as far as possible. */
function metaOf(bytes: number): Record<string, unknown> {
  const text = "é".repeat(Math.floor((bytes - 8) / 2)) + "x".repeat(bytes % 2);
  return { room: "room:a", content: "x", meta: { m: text } };
}

function reactionOf(messageId: string, emoji: string): string {
  return `{"room":"room:a","messageId":"${messageId}","emoji":"${emoji}","action":"add"}`;
}

describe("what the server writes", () => {
  test("an event carries an id only where it answers one", () => {
    expect(encodeEvent("pong", { timestamp: 1 }, "p")).toBe(
      '{"type":"pong","id":"p","payload":{"timestamp":1}}',
    );
    expect(encodeEvent("stay", {})).toBe('{"type":"stay","payload":{}}');
  });

  test.each([...errorCodes])("the error %s says what it means and whether to try again", (code) => {
    const { payload } = JSON.parse(encodeError(code, null));
    expect(payload).toEqual({ code, ...errors[code] });
  });

  test("an error says when to come back, where that helps", () => {
    expect(JSON.parse(encodeError("rate_limited", "x", undefined, 20))).toEqual({
      type: "error",
      id: "x",
      payload: { code: "rate_limited", ...errors.rate_limited, retryAfterMs: 20 },
    });
  });

  test("one frame is packed as it is, several become one batch", () => {
    expect(packFrames(['{"type":"a"}'])).toBe('{"type":"a"}');
    expect(packFrames(['{"type":"a"}', '{"type":"b"}'])).toBe(
      '{"type":"batch","payload":{"events":[{"type":"a"},{"type":"b"}]}}',
    );
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { answersTo, arrays, commandText, refusal, response } from "../support/hostile-answers.ts";
import { HostileWorld } from "../support/hostile-world.ts";
import type { Frame } from "../support/recording-sockets.ts";

let world: HostileWorld;
beforeAll(async () => {
  world = await HostileWorld.start();
}, 30_000);
afterAll(() => world?.close());

const say = (content: string, meta = "{}") => `{"room":"room:a","content":${content},"meta":${meta}}`;
const join = (fields: string) => `{"rooms":[{"room":"room:a",${fields}}]}`;
const many = (item: string, count: number) => `[${Array.from({ length: count }, () => item).join(",")}]`;

/** What a join came to, room by room: true, or the code of the refusal. */
function outcomesOf({ payload }: Frame): (string | boolean)[] {
  return (payload.rooms as { ok: boolean; code?: string }[]).map((room) => room.code ?? room.ok);
}

describe("is bad_message:", () => {
  const cases: [what: string, type: string, payload: string, about: string][] = [
    ["a payload that is null", "ping", "null", "payload:"],
    ["a payload that is an array", "ping", "[]", "payload:"],
    ["a payload that is a string", "rooms", '"x"', "payload:"],
    ["no fields", "message_delete", "{}", "payload.room:"],
    ["fields in the prototype", "history", '{"__proto__":{"room":"room:a"}}', "payload.room:"],
    ["no rooms to join", "join", '{"rooms":[]}', "payload.rooms:"],
    ["rooms that are one", "join", '{"rooms":"room:a"}', "payload.rooms:"],
    ["a room that is a name", "join", '{"rooms":["room:a"]}', "payload.rooms.0:"],
    ["a position without epoch", "join", join('"seq":1'), "payload.rooms"],
    ["a position without seq", "join", join('"epoch":"x"'), "payload.rooms"],
    ["a negative seq", "join", join('"epoch":"","seq":-1'), "payload.rooms.0.seq:"],
    ["half a seq", "join", join('"epoch":"","seq":0.5'), "payload.rooms.0.seq:"],
    ["an infinite seq", "join", join('"epoch":"","seq":1e999'), "payload.rooms.0.seq:"],
    ["a seq beyond counting", "join", join(`"epoch":"","seq":${2 ** 53}`), "payload.rooms.0.seq:"],
    ["a replay of minus one", "join", join('"replayMax":-1'), "payload.rooms.0.replayMax:"],
    ["a replay of 10,001", "join", join('"replayMax":10001'), "payload.rooms.0.replayMax:"],
    ["history before -1", "history", '{"room":"room:a","before":-1}', "payload.before:"],
    ["a page of nothing", "history", '{"room":"room:a","limit":0}', "payload.limit:"],
    ["a page of 101", "history", '{"room":"room:a","limit":101}', "payload.limit:"],
    ["no content", "send_message", '{"room":"room:a"}', "payload.content:"],
    ["empty content", "send_message", say('""'), "payload.content:"],
    ["a number as content", "send_message", say("7"), "payload.content:"],
    ["a lone surrogate", "send_message", say('"x\\ud800"'), "payload.content:"],
    ["an array as meta", "send_message", say('"x"', "[]"), "payload.meta:"],
    ["null as meta", "send_message", say('"x"', "null"), "payload.meta:"],
    ["meta of 65 levels", "send_message", say('"x"', `{"a":${arrays(64)}}`), "payload.meta:"],
    ["an infinite number in meta", "send_message", say('"x"', '{"a":1e999}'), "payload.meta:"],
    ["a lone surrogate in meta", "send_message", say('"x"', '{"\\udc00":1}'), "payload.meta:"],
    ["a flag that is a number", "typing", '{"room":"room:a","isTyping":1}', "payload.isTyping:"],
    ["an empty batch", "batch", '{"commands":[]}', "payload.commands:"],
    ["a batch of no list", "batch", '{"commands":{"length":1}}', "payload.commands:"],
  ];
  test.each(cases)("%s", async (_what, type, payload, about) => {
    const answers = await answersTo(world, commandText(type, payload));
    expect(answers).toEqual([refusal("bad_message", about, "a")]);
  });

  const long = `room:${"a".repeat(65)}`;
  const names = ["", "room:", "ROOM:a", "room:a/b", "room:ä", "room:a\n", "room:a\0", long, "room:\ud800"];
  test.each([...names, "user:a", "notifications:you", "__proto__"])("the room %j", async (room) => {
    const answers = await answersTo(world, commandText("join", JSON.stringify({ rooms: [{ room }] })));
    expect(answers).toEqual([refusal("bad_message", "payload.rooms.0.room:", "a")]);
  });
});

describe("is too_large:", () => {
  const content = JSON.stringify("x".repeat(8001));
  const meta = JSON.stringify({ a: "x".repeat(4089) });
  const epoch = "e".repeat(65);
  const cases: [what: string, type: string, payload: string, about: string][] = [
    ["101 rooms to join", "join", `{"rooms":${many('{"room":"room:a"}', 101)}}`, "payload.rooms:"],
    ["101 rooms to leave", "leave", `{"rooms":${many('"room:a"', 101)}}`, "payload.rooms:"],
    ["an epoch of 65", "join", join(`"epoch":"${epoch}","seq":1`), "payload.rooms.0.epoch:"],
    ["content of 8,001", "send_message", say(content), "payload.content:"],
    ["meta of 4,097 bytes", "send_message", say('"x"', meta), "payload.meta:"],
    ["51 commands", "batch", `{"commands":${many("{}", 51)}}`, "payload.commands:"],
  ];
  test.each(cases)("%s", async (_what, type, payload, about) => {
    const answers = await answersTo(world, commandText(type, payload));
    expect(answers).toEqual([refusal("too_large", about, "a")]);
  });
});

test("a payload is not looked at beyond its fields, however deep", async () => {
  const payload = `{"x":${arrays(100_000)},"__proto__":{"content":1},"rooms":"\\ud800"}`;
  expect(await answersTo(world, commandText("rooms", payload))).toEqual([response({ rooms: [] })]);
});

test("a room that nobody joined is not written to", async () => {
  const answers = await answersTo(world, commandText("send_message", say('"x"')));
  expect(answers).toEqual([refusal("not_joined", "Join", "a")]);
});

test("a position that never was is reset", async () => {
  const position = '"epoch":"__proto__","seq":9007199254740991';
  const answers = await answersTo(world, commandText("join", join(position)));
  const reset = { recovered: false, reason: "epoch", messages: [], hasMore: false };
  expect(answers).toEqual([response({ rooms: [{ room: "room:a", ok: true, epoch: "", seq: 0, ...reset }] })]);
});

test("rooms that may not be joined are refused beside one that may", async () => {
  const rooms = '{"rooms":[{"room":"group:a"},{"room":"room:a"},{"room":"group:b"}]}';
  const answers = await answersTo(world, commandText("join", rooms));
  const outcomes = answers.flatMap(outcomesOf);
  expect(outcomes).toEqual(["forbidden", true, "forbidden"]);
});

describe("too many rooms", () => {
  const rooms = Array.from({ length: 100 }, (_, index) => ({ room: `room:${index}` }));
  test("are refused room by room, until one is left", async () => {
    const peer = await world.open();
    peer.send({ type: "join", id: "hundred", payload: { rooms } });
    peer.send({ type: "join", id: "over", payload: { rooms: [{ room: "room:over" }, { room: "room:7" }] } });
    peer.send({ type: "leave", id: "leave", payload: { rooms: ["room:0"] } });
    peer.send({ type: "join", id: "again", payload: { rooms: [{ room: "room:over" }] } });
    expect(outcomesOf(await peer.answer("hundred"))).toEqual(rooms.map(() => true));
    expect(outcomesOf(await peer.answer("over"))).toEqual(["room_limit", true]);
    expect(outcomesOf(await peer.answer("again"))).toEqual([true]);
    peer.vanish();
  });
});

test("a batch answers each of its commands in its place, whatever they are", async () => {
  const inner = [
    '{"type":"batch","payload":{"commands":[{}]}}',
    "null",
    arrays(100_000),
    '{"type":"__proto__"}',
    '{"type":"ping","id":7}',
    '{"type":"send_message","payload":{"room":"room:a","content":"x"}}',
    '{"type":"message","payload":{"content":1}}',
  ];
  const answers = await answersTo(world, commandText("batch", `{"commands":[${inner.join(",")}]}`));
  const results = answers.flatMap(({ payload }) => payload.results as { code?: string; payload?: unknown }[]);
  const bad = "bad_message";
  expect(results.map(({ code, payload }) => code ?? payload)).toEqual([
    bad,
    bad,
    bad,
    "unknown_type",
    bad,
    bad,
    { content: 1, count: 1 },
  ]);
});

test("meta named like the prototype is stored and delivered unchanged", async () => {
  const meta = '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toJSON":"x"}';
  const texts = [
    commandText("join", '{"rooms":[{"room":"room:meta"}]}'),
    commandText("send_message", `{"room":"room:meta","content":"x","meta":${meta}}`),
    commandText("history", '{"room":"room:meta"}'),
  ];
  const history = (await answersTo(world, ...texts)).at(-1) as Frame;
  expect(JSON.stringify(history.payload.messages)).toContain(`"meta":${meta}`);
});

test("nobody else noticed", () => world.expectUnharmed(250), 30_000);

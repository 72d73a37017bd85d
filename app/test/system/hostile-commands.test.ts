import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { textFrame } from "../support/encode-frame.ts";
import { answersTo, arrays, commandText, objects, refusal, response } from "../support/hostile-answers.ts";
import { HostileWorld } from "../support/hostile-world.ts";

let world: HostileWorld;
beforeAll(async () => {
  world = await HostileWorld.start();
}, 30_000);
afterAll(() => world?.close());

describe("text that is no command is bad_message:", () => {
  const notJson = "not valid JSON";
  const notObject = "JSON object";
  const cases: [what: string, text: string, about: string][] = [
    ["nothing", "", notJson],
    ["half an object", "{", notJson],
    ["something behind it", '{"type":"ping"} x', notJson],
    ["two commands", '{"type":"ping"}{"type":"ping"}', notJson],
    ["the wrong quotes", "{'type':'ping'}", notJson],
    ["a key without value", '{"type":"ping","type"}', notJson],
    ["a NUL", '{"type":"p\0ing"}', notJson],
    ["a byte order mark", '\ufeff{"type":"ping"}', notJson],
    ["NaN", "NaN", notJson],
    ["a million open brackets", "[".repeat(1_000_000), notJson],
    ["null", "null", notObject],
    ["a number", "1e999", notObject],
    ["a string", '"ping"', notObject],
    ["an array", "[]", notObject],
    ["100,000 arrays", arrays(100_000), notObject],
    ["no type", "{}", "type:"],
    ["a type in the prototype", '{"__proto__":{"type":"ping"}}', "type:"],
    ["null as type", '{"type":null}', "type:"],
    ["an array as type", '{"type":["ping"]}', "type:"],
    ["an empty type", '{"type":""}', "type:"],
  ];
  test.each(cases)("%s", async (_what, text, about) => {
    expect(await answersTo(world, text)).toEqual([refusal("bad_message", about)]);
  });
});

describe("an id", () => {
  const bad = [
    '""',
    "1",
    "{}",
    "[]",
    "true",
    `"${"a".repeat(65)}"`,
    '"\\ud800"',
    '"a\\udc00"',
    '{"toString":1}',
  ];
  test.each(bad)("may not be %s, and is not repeated", async (id) => {
    expect(await answersTo(world, `{"id":${id},"type":"ping"}`)).toEqual([refusal("bad_message", "id:")]);
  });

  const good = ["a".repeat(64), "__proto__", "\u0000", '"}', "\u2028", "𝄞".repeat(32)];
  test.each(good)("may be %j", async (id) => {
    const answers = await answersTo(world, JSON.stringify({ type: "rooms", id }));
    expect(answers).toEqual([{ type: "message_response", id, payload: { rooms: [] } }]);
  });

  test("is answered also where nothing else can be read", async () => {
    const noType = refusal("bad_message", "type:", "a");
    expect(await answersTo(world, '{"id":"a"}', '{"id":"a","type":7}')).toEqual([noType, noType]);
  });
});

describe("a type is unknown_type:", () => {
  const unknown = [refusal("unknown_type", "command type", "a")];
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "PING", "ping ", "\0", "\ud800"];
  const events = ["connection_established", "chat_message", "error", "goodbye", "heartbeat"];
  test.each([...names, ...events])("%j", async (type) => {
    expect(await answersTo(world, JSON.stringify({ id: "a", type }))).toEqual(unknown);
  });
});

describe("content is not echoed:", () => {
  const bad = (about: string) => refusal("bad_message", about, "a");
  const growing = `[${"1e20,".repeat(200_000)}0]`;
  const cases: [what: string, content: string, answer: ReturnType<typeof refusal>][] = [
    ["65 arrays", arrays(65), bad("nested deeper than 64")],
    ["100,000 arrays", arrays(100_000), bad("nested deeper than 64")],
    ["65 objects", objects(65), bad("nested deeper than 64")],
    ["100,000 objects", objects(100_000), bad("nested deeper than 64")],
    ["1e999", "1e999", bad("number out of range")],
    ["-1e999 inside", '{"a":[-1e999]}', bad("number out of range")],
    ["400 digits", "9".repeat(400), bad("number out of range")],
    ["a lone surrogate", '"\\ud800"', bad("lone surrogate")],
    ["a lone surrogate inside", '[{"a":"x\\udc00"}]', bad("lone surrogate")],
    ["a lone surrogate as key", '{"\\ud800":1}', bad("lone surrogate")],
    ["surrogates the wrong way round", '"\\udc00\\ud800"', bad("lone surrogate")],
    ["1e20 until it is too long", growing, refusal("too_large", "limit", "a")],
  ];
  test.each(cases)("%s", async (_what, content, answer) => {
    expect(await answersTo(world, commandText("message", `{"content":${content}}`))).toEqual([answer]);
  });

  test("none", async () => {
    const about = refusal("bad_message", "payload.content:", "a");
    expect(await answersTo(world, commandText("message", '{"__proto__":{"content":1}}'))).toEqual([about]);
  });
});

describe("content is echoed as it is:", () => {
  const cases: [what: string, content: string][] = [
    ["50 arrays", arrays(50)],
    ["64 arrays", arrays(64)],
    ["64 objects", objects(64)],
    ["null", "null"],
    ["the largest number", "1.7976931348623157e+308"],
    ["long numbers", `[${"100000000000000000000,".repeat(40_000)}0]`],
    ["names of the prototype", '{"__proto__":{"x":1},"constructor":{"prototype":{"y":2}}}'],
    ["control characters", '"\\u0000\\u001f\u007f\u2028"'],
    ["a pair of surrogates", '"𝄞"'],
  ];
  test.each(cases)("%s", async (_what, content) => {
    const [answer] = await answersTo(world, commandText("message", `{"content":${content}}`));
    expect(JSON.stringify(answer?.payload)).toBe(`{"content":${content},"count":1}`);
  });

  test("300 digits, as the number that they are", async () => {
    const answers = await answersTo(world, commandText("message", `{"content":${"9".repeat(300)}}`));
    expect(answers).toEqual([response({ content: 1e300, count: 1 })]);
  });

  test("1e20, where the answer is longer than the command but not too long", async () => {
    const [answer] = await answersTo(
      world,
      commandText("message", `{"content":[${"1e20,".repeat(40_000)}0]}`),
    );
    expect(JSON.stringify(answer).length).toBeGreaterThan(880_000);
  });
});

describe("frame after frame that is no command", () => {
  test("is refused ten times, then closed with a goodbye and 4503", async () => {
    const peer = await world.open();
    peer.write(Buffer.concat(Array.from({ length: 12 }, () => textFrame("x"))));
    expect(await peer.closed()).toBe(4503);
    const refusals = Array.from({ length: 10 }, () => refusal("bad_message", "JSON"));
    const payload = { reason: "protocol_violation", closesInMs: 0, reconnect: false };
    expect(peer.frames).toEqual([...refusals, { type: "goodbye", payload }]);
  });

  test("is counted anew after a command", async () => {
    const nine = Array.from({ length: 9 }, () => "x");
    expect(await answersTo(world, ...nine, commandText("rooms", "{}"), ...nine)).toHaveLength(19);
  });
});

test("nobody else noticed", () => world.expectUnharmed(250), 30_000);

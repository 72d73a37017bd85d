import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeFrame, commandFrame, encodeFrame, opcodes, textFrame } from "../support/encode-frame.ts";
import { HostileWorld } from "../support/hostile-world.ts";
import {
  announcement,
  bytes,
  compressedFrame,
  deflate,
  end,
  fragment,
  middle,
  offersDeflate,
} from "../support/odd-frames.ts";

let world: HostileWorld;
beforeAll(async () => {
  world = await HostileWorld.start();
}, 30_000);
afterAll(() => world?.close());

const { text, binary, ping, pong, close } = opcodes;
const command = '{"type":"rooms","id":"a"}';
const tail = command.slice(8);
const first = fragment(command.slice(0, 8));
const longest = command.replace("}", `,"x":"${" ".repeat(1_048_576 - command.length - 7)}"}`);
const umlaut = Buffer.from(command.replace("}", ',"x":"ä"}'));

describe("is answered as any command:", () => {
  const cases: [what: string, sent: Uint8Array, headers?: Record<string, string>][] = [
    ["a length in more bytes than it needs", encodeFrame({ opcode: text, payload: command, lengthBytes: 8 })],
    ["fragments, one of them empty", Buffer.concat([first, middle(""), end(tail)])],
    ["half a character", Buffer.concat([fragment(umlaut.subarray(0, -3)), end(umlaut.subarray(-3))])],
    ["a ping inside", Buffer.concat([first, encodeFrame({ opcode: ping }), end(tail)])],
    ["a pong before", Buffer.concat([encodeFrame({ opcode: pong, payload: "x" }), textFrame(command)])],
    ["exactly the limit", textFrame(longest)],
    ["deflated", compressedFrame(deflate(command)), offersDeflate],
    ["deflated, exactly the limit", compressedFrame(deflate(longest)), offersDeflate],
    ["deflated in fragments", compressedInHalves(), offersDeflate],
    ["not deflated where it could be", textFrame(command), offersDeflate],
  ];
  test.each(cases)("%s", async (_what, sent, headers = {}) => {
    const peer = await world.open({ headers });
    peer.write(sent);
    expect(await peer.answer("a")).toMatchObject({ type: "message_response", payload: { rooms: [] } });
    peer.vanish();
  });

  test("byte by byte", async () => {
    const peer = await world.open();
    for (const byte of textFrame(command)) {
      peer.write(bytes(byte));
      await Bun.sleep(0);
    }
    expect(await peer.answer("a")).toMatchObject({ type: "message_response", payload: { rooms: [] } });
    peer.vanish();
  });

  test("behind the handshake, before the greeting could come", async () => {
    const peer = await world.open({ behind: textFrame(command) });
    expect(await peer.answer("a")).toMatchObject({ type: "message_response", payload: { rooms: [] } });
    peer.vanish();
  });
});

function compressedInHalves(): Buffer {
  const data = deflate(command);
  const head = encodeFrame({ opcode: text, reserved: 4, payload: data.subarray(0, 5), isFinal: false });
  return Buffer.concat([head, end(data.subarray(5))]);
}

describe("a client's close", () => {
  const cases: [told: number, sent: Uint8Array, counted: number | "other"][] = [
    [1005, encodeFrame({ opcode: close }), 1005],
    [1000, closeFrame(1000), 1000],
    [1000, closeFrame(1000, "x".repeat(123)), 1000],
    [1001, closeFrame(1001), 1001],
    [1009, closeFrame(1009), "other"],
    [1012, closeFrame(1012), "other"],
    [3000, closeFrame(3000), "other"],
    [4002, closeFrame(4002), "other"],
    [4503, closeFrame(4503), "other"],
    [4999, closeFrame(4999), "other"],
  ];
  test.each(cases)("is answered with %d; a command behind it is not", async (told, sent, counted) => {
    const before = await world.closesCounted(counted);
    const peer = await world.open();
    peer.write(Buffer.concat([sent, textFrame(command), sent]));
    expect(await peer.closed()).toBe(told);
    expect(peer.frames).toEqual([]);
    await world.deserted();
    expect(await world.closesCounted(counted)).toBe(before + 1);
  });

  test("never makes a slow reader of it", async () => {
    expect(await world.metric("websocket_slow_consumers_total")).toBe(0);
  });
});

test("binary frames are bad_message; the tenth in a row ends the connection with 4503", async () => {
  const peer = await world.open();
  const frame = encodeFrame({ opcode: binary, payload: command });
  peer.write(Buffer.concat(Array.from({ length: 11 }, () => frame)));
  expect(await peer.closed()).toBe(4503);
  const told = peer.frames.map(({ type, payload }) => payload.code ?? type);
  expect(told).toEqual([...Array.from({ length: 10 }, () => "bad_message"), "goodbye"]);
});

test("100,000 fragments of one message are one message", async () => {
  const peer = await world.open();
  const fragments = Array.from({ length: 50_000 }, () => [middle(""), middle(" ")]).flat();
  peer.write(Buffer.concat([first, ...fragments, end(tail)]));
  expect(await peer.answer("a")).toMatchObject({ type: "message_response", payload: { rooms: [] } });
  peer.vanish();
});

test("300 peers may each owe the megabyte that they announced: nothing is set aside for it", async () => {
  const open = Array.from({ length: 300 }, () => world.open({ behind: announcement(1_048_576n) }));
  const peers = await Promise.all(open);
  const witness = await world.open();
  witness.write(commandFrame({ type: "ping", id: "p" }));
  expect(await witness.answer("p")).toMatchObject({ type: "pong" });
  for (const peer of [...peers, witness]) peer.vanish();
});

test("nobody else noticed", () => world.expectUnharmed(150), 30_000);

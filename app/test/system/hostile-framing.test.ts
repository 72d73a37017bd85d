import { afterAll, beforeAll, expect, test } from "bun:test";
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

/** The connection ends with the code, which is also what is counted; a command behind it is not answered. */
async function expectBreak(code: number, sent: Uint8Array, headers = {}): Promise<void> {
  const before = await world.closesCounted(code);
  const peer = await world.open({ headers });
  peer.write(Buffer.concat([sent, commandFrame({ type: "ping", id: "late" })]));
  expect(await peer.closed()).toBe(code);
  expect(peer.frames).toEqual([]);
  await world.deserted();
  expect(await world.closesCounted(code)).toBe(before + 1);
}

const { text, binary, close, ping } = opcodes;
type Break = [what: string, sent: Uint8Array];

const protocolErrors: Break[] = [
  ["RSV1, not negotiated", compressedFrame(deflate("{}"))],
  ["RSV2", encodeFrame({ opcode: text, reserved: 2 })],
  ["RSV3", encodeFrame({ opcode: text, reserved: 1 })],
  ["no mask", encodeFrame({ opcode: text, payload: "{}", isMasked: false })],
  ["a close without mask", encodeFrame({ opcode: close, isMasked: false })],
  ["a message inside a message", Buffer.concat([fragment("{"), textFrame("}")])],
  ["binary inside text", Buffer.concat([fragment("{"), encodeFrame({ opcode: binary })])],
  ["the end of no message", end("{}")],
  ["the middle of no message", middle("{}")],
  ["half a ping", encodeFrame({ opcode: ping, isFinal: false })],
  ["half a close", encodeFrame({ opcode: close, isFinal: false })],
  ["a ping of 126 bytes", encodeFrame({ opcode: ping, payload: "x".repeat(126) })],
  ["a ping of a gigabyte", encodeFrame({ opcode: ping, announced: 2n ** 30n })],
  ["a close of 126 bytes", closeFrame(1000, "x".repeat(124))],
  ["half a close code", encodeFrame({ opcode: close, payload: bytes(3) })],
  ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  ["zeros", Buffer.alloc(1000)],
  ["ones", Buffer.alloc(1000, 0xff)],
];
test.each(protocolErrors)("1002: %s", (_what, sent) => expectBreak(1002, sent));

test.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])("1002: opcode %d", (opcode) =>
  expectBreak(1002, encodeFrame({ opcode })),
);

test.each([0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])("1002: a close with %d", (code) =>
  expectBreak(1002, closeFrame(code)),
);

const besideDeflate: Break[] = [
  ["RSV2", encodeFrame({ opcode: text, reserved: 2 })],
  ["RSV1 on a ping", encodeFrame({ opcode: ping, reserved: 4 })],
  ["RSV1 on a continuation", Buffer.concat([fragment("{"), encodeFrame({ opcode: 0, reserved: 4 })])],
];
test.each(besideDeflate)("1002, deflate negotiated: %s", (_what, sent) =>
  expectBreak(1002, sent, offersDeflate),
);

const notText: Break[] = [
  ["a byte that is no UTF-8", textFrame(bytes(0x22, 0xff, 0x22))],
  ["an overlong character", textFrame(bytes(0x22, 0xc0, 0xaf, 0x22))],
  ["a surrogate as UTF-8", textFrame(bytes(0x22, 0xed, 0xa0, 0x80, 0x22))],
  ["a character beyond Unicode", textFrame(bytes(0x22, 0xf4, 0x90, 0x80, 0x80, 0x22))],
  ["half a character", textFrame(bytes(0xf0, 0x9f, 0x98))],
  ["a character broken by a fragment", Buffer.concat([fragment(bytes(0x22, 0xc3)), end("(")])],
  ["a reason that is no UTF-8", closeFrame(1000, bytes(0xff))],
];
test.each(notText)("1007: %s", (_what, sent) => expectBreak(1007, sent));

const badDeflate: Break[] = [
  ["data that is none", compressedFrame(Buffer.alloc(2000, 0xff))],
  ["half of the data", compressedFrame(deflate("x".repeat(99)).subarray(0, -3))],
  ["bytes that are no UTF-8", compressedFrame(deflate(bytes(0xff, 0xfe)))],
];
test.each(badDeflate)("1007, compressed: %s", (_what, sent) => expectBreak(1007, sent, offersDeflate));

const limit = 1_048_576;
const tooBig: Break[] = [
  ["a byte more than the limit", textFrame(" ".repeat(limit + 1))],
  ["fragments of more than the limit", Buffer.concat([fragment(" ".repeat(limit)), end(" ")])],
  ["an announced byte more than the limit", announcement(BigInt(limit) + 1n)],
  ["an announced gigabyte", announcement(2n ** 30n)],
  ["a length of 33 bits", announcement(2n ** 32n + 5n)],
  ["a length of 64 bits", announcement(2n ** 63n)],
  ["the largest length", announcement(2n ** 64n - 1n)],
];
test.each(tooBig)("1009: %s", (_what, sent) => expectBreak(1009, sent));

test("1009, compressed: text that inflates to a byte more than the limit", () =>
  expectBreak(1009, compressedFrame(deflate(" ".repeat(limit + 1))), offersDeflate));

test("nobody else noticed", () => world.expectUnharmed(250), 30_000);

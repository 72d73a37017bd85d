import { expect, test } from "bun:test";
import { deflateRawSync } from "node:zlib";
import { commandFrame, encodeFrame, opcodes } from "../encode-frame.ts";
import { type Side, type Step, StepReader } from "./proxy-step.ts";

const upgrade = Buffer.from("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
const granted = Buffer.from("HTTP/1.1 101 Switching Protocols\r\n\r\n");

/** The steps of what one side sends after the handshake. */
function stepsOf(from: Side, ...pieces: Buffer[]): Step[] {
  const reader = new StepReader(1, from);
  const head = from === "client" ? upgrade : granted;
  return [head, ...pieces].flatMap((piece) => [...reader.read(piece)]).slice(1);
}

const typesOf = (step: Step | undefined): string[] => step?.frames.map(({ type }) => type) ?? [];

test("a frame that comes byte by byte is one step", () => {
  const frame = commandFrame({ type: "ping" });
  const steps = stepsOf("client", ...[...frame].map((byte) => Buffer.from([byte])));
  expect(steps.map(({ bytes }) => bytes)).toEqual([frame]);
  expect(typesOf(steps[0])).toEqual(["ping"]);
});

test("several frames in one piece are as many steps, each with its place in the stream", () => {
  const frame = commandFrame({ type: "ping" });
  const steps = stepsOf("client", Buffer.concat([frame, frame]));
  expect(steps.map(({ offset }) => offset)).toEqual([upgrade.length, upgrade.length + frame.length]);
});

test("the last fragment holds the message, and frames between them hold none", () => {
  const steps = stepsOf(
    "client",
    encodeFrame({ opcode: opcodes.text, payload: '{"type":', isFinal: false }),
    encodeFrame({ opcode: opcodes.ping, payload: "{}" }),
    encodeFrame({ opcode: opcodes.continuation, payload: '"ping"}' }),
  );
  expect(steps.map(typesOf)).toEqual([[], [], ["ping"]]);
});

test("a compressed message is read", () => {
  const payload = deflateRawSync(Buffer.from('{"type":"heartbeat"}')).subarray(0);
  const frame = encodeFrame({ opcode: opcodes.text, payload, reserved: 4, isMasked: false });
  expect(stepsOf("server", frame).map(typesOf)).toEqual([["heartbeat"]]);
});

test("a batch of events is taken apart, a batch of commands is one", () => {
  const batch = (payload: object) => JSON.stringify({ type: "batch", payload });
  const events = batch({ events: [{ type: "typing" }, { type: "reaction" }] });
  const server = encodeFrame({ opcode: opcodes.text, payload: events, isMasked: false });
  const client = encodeFrame({ opcode: opcodes.text, payload: batch({ commands: [] }) });
  expect(stepsOf("server", server).map(typesOf)).toEqual([["typing", "reaction"]]);
  expect(stepsOf("client", client).map(typesOf)).toEqual([["batch"]]);
});

test("what is no JSON passes as a step without frames", () => {
  expect(stepsOf("client", encodeFrame({ opcode: opcodes.text, payload: "{" })).map(typesOf)).toEqual([[]]);
});

test("plain HTTP passes in pieces, and is told to end the connection", () => {
  const reader = new StepReader(1, "server");
  const text = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nX: y\r\n\r\nbody";
  const [head, body] = [...reader.read(Buffer.from(text))];
  expect(head?.bytes.toString()).toBe("HTTP/1.1 200 OK\r\nconnection: close\r\nX: y\r\n\r\n");
  expect([head?.isUpgrade, body?.kind, body?.bytes.toString()]).toEqual([false, "piece", "body"]);
});

test("a frame without an end is refused", () => {
  const reader = new StepReader(1, "client");
  expect([...reader.read(upgrade)][0]?.isUpgrade).toBe(true);
  const frame = encodeFrame({
    opcode: opcodes.text,
    payload: "x".repeat(1_000_000),
    announced: 100_000_000n,
  });
  const read = () => {
    for (;;) for (const _step of reader.read(frame)) throw new Error("a step");
  };
  expect(read).toThrow("too much without an end");
});

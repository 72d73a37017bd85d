import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { commandFrame, encodeFrame, opcodes } from "../support/encode-frame.ts";
import { HostileWorld } from "../support/hostile-world.ts";
import { compressedFrame, deflate, end, offersDeflate } from "../support/odd-frames.ts";
import type { RawPeer } from "../support/raw-peer.ts";
import type { Frame } from "../support/recording-sockets.ts";

let world: HostileWorld;
beforeAll(async () => {
  world = await HostileWorld.start();
}, 30_000);
afterAll(() => world?.close());

const floodMaxMs = 30_000;
const megabyte = 1_048_576;

describe("a compression bomb", () => {
  const bomb = deflate(Buffer.alloc(200 * megabyte));
  const head = encodeFrame({
    opcode: opcodes.text,
    reserved: 4,
    payload: bomb.subarray(0, 999),
    isFinal: false,
  });
  const bombs: [what: string, frame: Buffer][] = [
    ["whole", compressedFrame(bomb)],
    ["in two fragments", Buffer.concat([head, end(bomb.subarray(999))])],
  ];
  test.each(bombs)("of 200 MiB is 1009, over and over: %s", async (_what, frame) => {
    const before = await world.closesCounted(1009);
    for (let round = 0; round < 10; round += 1) {
      const peer = await world.open({ headers: offersDeflate });
      peer.write(frame);
      expect(await peer.closed()).toBe(1009);
    }
    await world.deserted();
    expect(await world.closesCounted(1009)).toBe(before + 10);
  });
});

describe("a flood of pings", () => {
  const ping = encodeFrame({ opcode: opcodes.ping, payload: "x".repeat(125) });
  const pings = Buffer.concat(Array.from({ length: 1000 }, () => ping));

  test("is answered ping by ping, while the pongs are read", async () => {
    const peer = await world.open();
    for (let count = 0; count < 100; count += 1) await peer.written(pings);
    await peer.until("the last pong", () => peer.pongCount === 100_000, floodMaxMs);
    peer.vanish();
  });

  test("is cut as a slow reader, when the pongs are not read", async () => {
    const before = await world.closesCounted(4002);
    const peer = await world.open();
    peer.pause();
    const flood = setInterval(() => peer.write(pings), 1);
    await peer.closed().finally(() => clearInterval(flood));
    await world.deserted();
    expect(await world.closesCounted(4002)).toBe(before + 1);
  });
});

const room = "room:flood";
const goodbye = { type: "goodbye", payload: { reason: "flooding", closesInMs: 0, reconnect: true } };

const isRefused = ({ payload }: Frame): boolean =>
  ["rate_limited", "too_many_in_flight"].includes(String(payload.code)) && payload.retryable === true;

async function joined(): Promise<RawPeer> {
  const peer = await world.open();
  peer.send({ type: "join", id: "join", payload: { rooms: [{ room }] } });
  await peer.answer("join");
  return peer;
}

describe("10,000 commands in one segment", () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => `c-${index}`);
  const segment = (type: string, payload: unknown) =>
    Buffer.concat(ids.map((id) => commandFrame({ type, id, payload })));

  test("are answered all, in order, if they are messages and these have no limit", async () => {
    const peer = await joined();
    peer.write(segment("message", { content: "x" }));
    await peer.until("10,000 answers", () => peer.frames.length > ids.length, floodMaxMs);
    expect(peer.frames.slice(1).map(({ id }) => id)).toEqual(ids);
    expect(peer.frames.some(isRefused)).toBe(false);
    peer.vanish();
  });

  const commands: [type: string, payload: unknown][] = [
    ["rooms", {}],
    ["typing", { room, isTyping: true }],
    ["history", { room: "room:empty" }],
    ["join", { rooms: [{ room }] }],
    ["leave", { rooms: ["room:empty"] }],
    ["send_message", { room, content: "x" }],
    ["fly", {}],
  ];
  test.each(commands)(
    "end the connection, and are answered once and in order until then: %s",
    async (type, payload) => {
      const peer = await joined();
      peer.write(segment(type, payload));
      expect(await peer.closed()).toBe(4004);
      expect(peer.frames.at(-1)).toEqual(goodbye);
      const answers = peer.frames.slice(1).filter(({ id }) => id !== undefined);
      const answered = new Set(answers.map(({ id }) => id));
      expect(answered.size).toBe(answers.length);
      expect(answers.filter(isRefused).length).toBeGreaterThanOrEqual(100);
      const served = answers.filter((answer) => !isRefused(answer)).map(({ id }) => id);
      expect(served).toEqual(ids.filter((id) => served.includes(id)));
      expect(answers.length).toBeLessThan(1000);
    },
  );
});

describe("a client with 100,000 frames to send", () => {
  const ping = commandFrame({ type: "ping", id: "p" });
  const large = commandFrame({ type: "fly", id: "f", payload: { x: "x".repeat(4000) } });
  const empty = commandFrame({ type: "batch", id: "b", payload: { commands: [] } });
  const full = commandFrame({
    type: "batch",
    id: "b",
    payload: { commands: new Array(50).fill({ type: "ping" }) },
  });
  const floods: [what: string, frame: Buffer][] = [
    ["pings", ping],
    ["large ones", large],
    ["empty batches", empty],
    ["full batches", full],
  ];
  test.each(floods)(
    "is closed once, whatever they are: %s",
    async (_, frame) => {
      const series = 'websocket_rate_limited_total{scope="flooding"}';
      const [before, closes] = [await world.metric(series), await world.closesCounted(4004)];
      const peer = await world.open();
      const thousand = Buffer.concat(Array.from({ length: 1000 }, () => frame));
      for (let count = 0; count < 100; count += 1) await peer.written(thousand);
      expect(await peer.closed()).toBe(4004);
      expect(peer.frames.at(-1)).toEqual(goodbye);
      expect([await world.metric(series), await world.closesCounted(4004)]).toEqual([before + 1, closes + 1]);
    },
    floodMaxMs,
  );
});

test("nobody else noticed", () => world.expectUnharmed(250), 30_000);

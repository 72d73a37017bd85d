import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { commandFrame, encodeFrame, opcodes } from "../support/encode-frame.ts";
import { HostileWorld } from "../support/hostile-world.ts";
import { compressedFrame, deflate, end, offersDeflate } from "../support/odd-frames.ts";
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

describe("10,000 commands in one segment", () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => `c-${index}`);
  const room = "room:flood";

  /** All that came back, in order. */
  async function answersToAll(type: string, payload: unknown): Promise<readonly Frame[]> {
    const peer = await world.open();
    peer.send({ type: "join", id: "join", payload: { rooms: [{ room }] } });
    await peer.answer("join");
    peer.write(Buffer.concat(ids.map((id) => commandFrame({ type, id, payload }))));
    await peer.until("10,000 answers", () => peer.frames.length > ids.length, floodMaxMs);
    peer.send({ type: "rooms", id: "alive" });
    expect((await peer.answer("alive")).payload).toEqual({ rooms: [room] });
    peer.vanish();
    return peer.frames.slice(1, -1);
  }

  const commands: [type: string, payload: unknown][] = [
    ["message", { content: "x" }],
    ["rooms", {}],
    ["typing", { room, isTyping: true }],
    ["history", { room: "room:empty" }],
    ["join", { rooms: [{ room }] }],
    ["leave", { rooms: ["room:empty"] }],
    ["send_message", { room, content: "x" }],
  ];
  test.each(commands)(
    "are answered each once, in order where they are not refused: %s",
    async (type, payload) => {
      const answers = await answersToAll(type, payload);
      const isRefused = ({ payload }: Frame) =>
        payload.code === "too_many_in_flight" && payload.retryable === true;
      const served = answers.filter((answer) => !isRefused(answer)).map(({ id }) => id);
      expect(answers.map(({ id }) => id).sort()).toEqual(ids.toSorted());
      expect(served.length).toBeGreaterThanOrEqual(32);
      const wasServed = new Set(served);
      expect(served).toEqual(ids.filter((id) => wasServed.has(id)));
      if (type === "send_message") expect(served.length).toBeLessThan(ids.length);
    },
  );
});

test("nobody else noticed", () => world.expectUnharmed(250), 30_000);

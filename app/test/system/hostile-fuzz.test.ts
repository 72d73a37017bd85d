import { afterAll, beforeAll, expect, test } from "bun:test";
import { errorCodes } from "../../src/protocol/errors.ts";
import { eventTypes } from "../../src/protocol/events.ts";
import { textFrame } from "../support/encode-frame.ts";
import { HostileWorld } from "../support/hostile-world.ts";
import { Mutator } from "../support/mutator.ts";
import { compressedFrame, deflate, offersDeflate } from "../support/odd-frames.ts";
import type { RawPeer } from "../support/raw-peer.ts";
import { upgradeHeaders } from "../support/raw-request.ts";
import { SeededRandom } from "../support/seeded-random.ts";

const seed = Number(process.env.HOSTILE_SEED ?? Math.floor(Math.random() * 2 ** 32));
const fuzzMaxMs = 60_000;
const crowd = 25;

const refusals = errorCodes.filter((code) => code !== "internal" && code !== "unavailable") as string[];
const lines = Object.entries({ host: "localhost", ...upgradeHeaders }).map(
  ([name, value]) => `${name}: ${value}\r\n`,
);
const path = "GET /ws/chat/";
const handshake = `fuzz HTTP/1.1\r\n${lines.join("")}\r\n`;

let world: HostileWorld;
let healthy: RawPeer;
beforeAll(async () => {
  world = await HostileWorld.start();
  healthy = await world.open();
}, 30_000);
afterAll(() => world?.close());

/** Opens so many connections in crowds. After each crowd, whoever behaves is still served at once. */
async function fuzz<T extends { vanish(): void }>(
  ...args: Parameters<typeof fuzzInCrowds<T>>
): Promise<void> {
  try {
    await fuzzInCrowds(...args);
  } catch (error) {
    console.error(`To run it again with the same choices: HOSTILE_SEED=${seed}`);
    throw error;
  }
}

async function fuzzInCrowds<T extends { vanish(): void }>(
  times: number,
  open: (mutator: Mutator, turn: number) => Promise<T>,
  check: (peer: T) => void,
): Promise<void> {
  const mutator = new Mutator(new SeededRandom(seed));
  for (let turn = 0; turn < times; turn += crowd) {
    const peers = await Promise.all(Array.from({ length: crowd }, (_, index) => open(mutator, turn + index)));
    healthy.send({ type: "message", id: `after-${turn}`, payload: { content: "x" } });
    await healthy.answer(`after-${turn}`);
    healthy.frames.length = 0;
    for (const peer of peers) check(peer);
    for (const peer of peers) peer.vanish();
  }
}

/** What may be told to anybody at any time. */
function expectSpeech({ frames }: RawPeer): void {
  for (const { type, payload } of frames) {
    expect(eventTypes).toContain(type as (typeof eventTypes)[number]);
    if (type === "error") expect(refusals).toContain(String(payload.code));
  }
}

/** The ids that stand in one text only, and there unharmed. */
function clearIds(texts: readonly string[], ids: readonly string[]): string[] {
  const found = texts.map(idOf);
  return ids.filter((id) => found.filter((candidate) => candidate === id).length === 1);
}

function idOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
}

test(
  "15,000 flawed commands: each that has an id is answered once, and the connection goes on",
  async () => {
    const open = async (mutator: Mutator, turn: number) => {
      const ids = Array.from({ length: 5 }, (_, index) => `f${turn}-${index}`);
      const texts = ids.map((id) => mutator.text(mutator.command(id)));
      const peer = await world.open({ behind: Buffer.concat(texts.map(textFrame)) });
      peer.send({ type: "ping", id: "end" });
      await peer.answer("end");
      for (const id of clearIds(texts, ids)) expect([id, peer.answers(id).length]).toEqual([id, 1]);
      return peer;
    };
    await fuzz(3000, open, expectSpeech);
  },
  fuzzMaxMs,
);

test(
  "3,000 connections of flawed frames",
  async () => {
    const open = (mutator: Mutator, turn: number) => {
      const texts = Array.from({ length: 3 }, (_, index) => mutator.command(`f${turn}-${index}`));
      const isCompressed = turn % 3 === 0;
      const frames = texts.map((text) => (isCompressed ? compressedFrame(deflate(text)) : textFrame(text)));
      const behind = Buffer.concat([mutator.bytes(Buffer.concat(frames)), mutator.noise(300)]);
      return world.open(isCompressed ? { behind, headers: offersDeflate } : { behind });
    };
    await fuzz(3000, open, expectSpeech);
  },
  fuzzMaxMs,
);

test(
  "3,000 flawed handshakes",
  async () => {
    const open = async (mutator: Mutator, turn: number) => {
      const peer = world.dial();
      peer.write(Buffer.concat([Buffer.from(path), mutator.bytes(Buffer.from(handshake))]));
      peer.write(mutator.bytes(textFrame(mutator.command(`f${turn}`))));
      return peer;
    };
    await fuzz(3000, open, ({ answers }) => {
      for (const { status } of answers) expect([101, 400, 404, 405, 426, 431, 501, 505]).toContain(status);
    });
  },
  fuzzMaxMs,
);

test("nobody else noticed", () => world.expectUnharmed(250), 30_000);

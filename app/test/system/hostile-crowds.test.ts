import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeFrame, commandFrame } from "../support/encode-frame.ts";
import { HostileWorld } from "../support/hostile-world.ts";
import { fragment } from "../support/odd-frames.ts";
import { upgradeHeaders } from "../support/raw-request.ts";

let world: HostileWorld;
beforeAll(async () => {
  world = await HostileWorld.start();
}, 30_000);
afterAll(() => world?.close());

const crowdMaxMs = 30_000;
const joinOf = (...rooms: readonly string[]) => ({
  type: "join",
  id: "join",
  payload: { rooms: rooms.map((room) => ({ room })) },
});

/** Does something so many times, some of them at once. */
async function inCrowds(times: number, crowd: number, act: (turn: number) => Promise<void>): Promise<void> {
  for (let turn = 0; turn < times; turn += crowd)
    await Promise.all(Array.from({ length: crowd }, (_, index) => act(turn + index)));
}

describe("sockets that come and vanish", () => {
  const send = { type: "send_message", id: "m", payload: { room: "room:churn", content: "x" } };
  const join = commandFrame(joinOf("room:churn", "room:witness"));
  /** What they have said by then. */
  const lastWords: Uint8Array[] = [
    Buffer.alloc(0),
    join,
    Buffer.concat([join, commandFrame(send)]),
    join.subarray(0, 9),
    fragment("x".repeat(1000)),
    closeFrame(1000),
  ];

  test(
    "leave nothing behind, 5,000 of them",
    async () => {
      const opened = await world.metric("websocket_connections_opened_total");
      await inCrowds(5000, 50, async (turn) => {
        const peer = await world.open({ behind: lastWords[turn % lastWords.length] ?? join });
        peer.vanish();
      });
      await world.deserted();
      expect(await world.metric("websocket_connections_opened_total")).toBe(opened + 5000);
      expect(await world.metric("websocket_sessions")).toBe(2);
    },
    crowdMaxMs,
  );

  test(
    "leave nothing behind, 2,000 that do not wait for the handshake's answer",
    async () => {
      const headers = Object.entries({ host: "localhost", ...upgradeHeaders });
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      await inCrowds(2000, 50, async (turn) => {
        const peer = world.dial();
        peer.write(`GET /ws/chat HTTP/1.1\r\n${lines}${turn % 2 === 0 ? "\r\n" : ""}`);
        await Bun.sleep(0);
        peer.vanish();
      });
      await world.deserted();
      expect(await world.metric("websocket_sessions")).toBe(2);
    },
    crowdMaxMs,
  );
});

test(
  "a client that joins and leaves 10,000 rooms leaves none behind",
  async () => {
    const peer = await world.open();
    for (let round = 0; round < 100; round += 1) {
      const rooms = Array.from({ length: 100 }, (_, index) => `room:${round}-${index}`);
      peer.send({ ...joinOf(...rooms), id: `join-${round}` });
      peer.send({ type: "leave", id: `leave-${round}`, payload: { rooms } });
      await peer.answer(`leave-${round}`);
    }
    const joined = peer.frames.filter(({ id }) => id?.startsWith("join-"));
    expect(
      joined.flatMap(({ payload }) => payload.rooms as { ok: boolean }[]).filter(({ ok }) => ok),
    ).toHaveLength(10_000);
    expect(await world.metric("websocket_rooms")).toBe(1);
    peer.vanish();
  },
  crowdMaxMs,
);

describe("a client that does not read", () => {
  test("may send 50 MB of commands, and gets one answer to each when it reads at last", async () => {
    const peer = await world.open();
    peer.pause();
    const ids = Array.from({ length: 1000 }, (_, index) => `c-${index}`);
    const payload = { content: "x".repeat(50_000) };
    for (const id of ids) await peer.written(commandFrame({ type: "message", id, payload }));
    peer.resume();
    await peer.until("1,000 answers", () => peer.frames.length >= ids.length);
    expect(peer.frames.map(({ id }) => id).sort()).toEqual(ids.toSorted());
    peer.vanish();
  });

  test(
    "is cut with 4002 when it floods",
    async () => {
      const before = await world.closesCounted(4002);
      const peer = await world.open();
      peer.pause();
      const commands = Buffer.concat(
        Array.from({ length: 1000 }, () => commandFrame({ type: "?", id: "x" })),
      );
      const flood = setInterval(() => peer.write(commands), 1);
      await peer.closed().finally(() => clearInterval(flood));
      await world.deserted();
      expect(await world.closesCounted(4002)).toBe(before + 1);
    },
    crowdMaxMs,
  );
});

test("nobody else noticed", () => world.expectUnharmed(200), 30_000);

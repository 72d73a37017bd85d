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
  "clients that join and leave 10,000 rooms leave none behind",
  async () => {
    for (let client = 0; client < 5; client += 1) await joinAndLeave(20, client);
    expect(await world.metric("websocket_rooms")).toBe(1);
  },
  crowdMaxMs,
);

/** A hundred rooms in each round; no more than a connection may ask for at once. */
async function joinAndLeave(rounds: number, client: number): Promise<void> {
  const peer = await world.open();
  for (let round = client * rounds; round < (client + 1) * rounds; round += 1) {
    const rooms = Array.from({ length: 100 }, (_, index) => `room:${round}-${index}`);
    peer.send({ ...joinOf(...rooms), id: `join-${round}` });
    peer.send({ type: "leave", id: `leave-${round}`, payload: { rooms } });
    await peer.answer(`leave-${round}`);
  }
  const joined = peer.frames.filter(({ id }) => id?.startsWith("join-"));
  expect(
    joined.flatMap(({ payload }) => payload.rooms as { ok: boolean }[]).filter(({ ok }) => ok),
  ).toHaveLength(rounds * 100);
  peer.vanish();
}

describe("a client that does not read", () => {
  const large = (id: string) =>
    commandFrame({ type: "message", id, payload: { content: "x".repeat(50_000) } });

  test("may send 5 MB of commands, and gets one answer to each when it reads at last", async () => {
    const peer = await world.open();
    peer.pause();
    const ids = Array.from({ length: 100 }, (_, index) => `c-${index}`);
    for (const id of ids) await peer.written(large(id));
    peer.resume();
    await peer.until("100 answers", () => peer.frames.length >= ids.length);
    expect(peer.frames.map(({ id }) => id).sort()).toEqual(ids.toSorted());
    peer.vanish();
  });

  test("is closed when it sends 50 MB", async () => {
    const before = await world.closesCounted(4004);
    const peer = await world.open();
    peer.pause();
    for (let count = 0; count < 1000; count += 1) await peer.written(large("x"));
    peer.resume();
    // What it had not read by then, the goodbye and the code among it, may be lost with the socket.
    expect([4004, 1006]).toContain(await peer.closed());
    expect(await world.closesCounted(4004)).toBe(before + 1);
  });

  test(
    "is closed when it floods, also if it reads nothing after that",
    async () => {
      const before = await world.closesCounted(4004);
      const peer = await world.open();
      peer.pause();
      const commands = Buffer.concat(
        Array.from({ length: 1000 }, () => commandFrame({ type: "?", id: "x" })),
      );
      const flood = setInterval(() => peer.write(commands), 1);
      await peer.closed().finally(() => clearInterval(flood));
      await world.deserted();
      expect(await world.closesCounted(4004)).toBe(before + 1);
    },
    crowdMaxMs,
  );
});

test("nobody else noticed", () => world.expectUnharmed(200), 30_000);

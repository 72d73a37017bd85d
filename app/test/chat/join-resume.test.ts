import { describe, expect, test } from "bun:test";
import type { Replay } from "../../src/chat/engine.ts";
import { ChatWorld, type Client, until } from "../support/chat-world.ts";
import type { Frame } from "../support/recording-sockets.ts";

const room = "room:a";
const answerBytesMax = 524_288;
const roomBytesMax = 262_144;

interface Row {
  readonly room: string;
  readonly ok: boolean;
  readonly seq: number;
  readonly epoch: string;
  readonly events: Frame[];
  readonly more?: boolean;
}

/** Joins and gives the answer's rows and its size. */
async function resume(client: Client, rooms: readonly object[]): Promise<{ rows: Row[]; bytes: number }> {
  const { id, payload } = await client.ask("join", { rooms });
  const text = client.socket.texts.find((text) => text.includes(`"id":"${id}"`)) ?? "";
  return { rows: payload.rooms as Row[], bytes: Buffer.byteLength(text) };
}

const seqsOf = (events: readonly Frame[]) => events.map(({ payload }) => payload.seq);
const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);

describe("a position", () => {
  test("is replayed: exactly what was missed, as whole frames", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 5, "hi");
    const { rows } = await resume(world.connect(), [{ room, epoch: "E1", seq: 3 }]);
    expect(rows).toMatchObject([{ room, ok: true, epoch: "E1", seq: 5, recovered: true }]);
    expect(seqsOf(rows[0]?.events ?? [])).toEqual([4, 5]);
    expect(rows[0]?.events[0]).toMatchObject({
      type: "chat_message",
      payload: { room, message: { content: "hi" } },
    });
    expect(rows[0]?.more).toBeUndefined();
    expect(world.resumed).toEqual(["recovered none"]);
  });

  test("at the head misses nothing", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 5);
    const { rows } = await resume(world.connect(), [{ room, epoch: "E1", seq: 5 }]);
    expect(rows).toMatchObject([{ recovered: true, seq: 5, events: [] }]);
  });

  test("of a room without a log is valid in any epoch", async () => {
    const world = new ChatWorld();
    const empty = await resume(world.connect(), [{ room, epoch: "", seq: 0 }]);
    expect(empty.rows).toMatchObject([{ recovered: true, epoch: "", seq: 0, events: [] }]);
    world.engine.announce(room, world.engine.fill(room, 2));
    const { rows } = await resume(world.connect(), [{ room, epoch: "", seq: 0 }]);
    expect(rows).toMatchObject([{ recovered: true, epoch: "E1", seq: 2 }]);
  });

  const tooFar: [replayMax: number | undefined, missed: number, expected: string][] = [
    [undefined, 1000, "recovered"],
    [undefined, 1001, "too_far"],
    [0, 0, "recovered"],
    [0, 1, "too_far"],
    [10_000, 1001, "recovered"],
  ];
  test.each(tooFar)("with replayMax %p and %i missed: %s", async (replayMax, missed, expected) => {
    const world = new ChatWorld();
    world.engine.fill(room, missed + 1);
    const { rows } = await resume(world.connect(), [{ room, epoch: "E1", seq: 1, replayMax }]);
    const [row] = rows as unknown as Record<string, unknown>[];
    expect(row?.reason ?? "recovered").toBe(expected);
  });

  test.each(["epoch", "trimmed", "too_far"] as const)(
    "void because of %s: the newest 50 instead",
    async (reason) => {
      const world = new ChatWorld();
      const client = world.connect();
      world.engine.fill(room, 70);
      const replay: Replay = { recovered: false, reason, epoch: "E1", seq: 70 };
      world.engine.replaysAs = () => replay;
      const { rows } = await resume(client, [{ room, epoch: "E0", seq: 7 }]);
      expect(rows).toMatchObject([{ epoch: "E1", seq: 70, recovered: false, reason, hasMore: true }]);
      expect((rows[0] as unknown as { messages: { seq: number }[] }).messages.map(({ seq }) => seq)).toEqual(
        upTo(50, 21),
      );
      expect(world.resumed).toEqual([`reset ${reason}`]);
      world.engine.announce(room, world.engine.fill(room, 1));
      expect(client.socket.framesOf("chat_message").length).toBe(1);
    },
  );
});

describe("an answer that cannot hold everything", () => {
  test("has at most 300 events of a room, and says that there is more", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 301);
    const client = world.connect();
    const { rows } = await resume(client, [{ room, epoch: "E1", seq: 0, replayMax: 1000 }]);
    expect(rows).toMatchObject([{ recovered: true, seq: 300, more: true }]);
    expect(seqsOf(rows[0]?.events ?? [])).toEqual(upTo(300));
    expect(world.resumed).toEqual(["recovered more"]);
  });

  test("leaves the room until the client has joined again from there", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 301);
    const client = await world.join(room);
    await resume(client, [{ room, epoch: "E1", seq: 0 }]);
    expect(client.connection.isJoined(room)).toBe(false);
    world.engine.announce(room, world.engine.fill(room, 1));
    expect(client.socket.framesOf("chat_message")).toEqual([]);
    const { rows } = await resume(client, [{ room, epoch: "E1", seq: 300 }]);
    expect(seqsOf(rows[0]?.events ?? [])).toEqual([301, 302]);
    expect(client.connection.isJoined(room)).toBe(true);
  });

  test("holds at most 256 KiB of a room", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 100, "x".repeat(8000));
    const { rows, bytes } = await resume(world.connect(), [{ room, epoch: "E1", seq: 0 }]);
    expect(rows[0]?.more).toBe(true);
    expect(bytes).toBeLessThanOrEqual(roomBytesMax);
    expect(rows[0]?.events.length).toBeGreaterThan(25);
  });

  /** Control characters take six bytes each on the wire. */
  const hugest = "\u0001".repeat(8000);
  const fills: [rooms: number, events: number, content: string][] = [
    [3, 40, "x".repeat(8000)],
    [100, 1, hugest],
    [100, 1, hugest.slice(0, 7200)],
    [100, 3, "x".repeat(8000)],
    [100, 3, "é".repeat(1500)],
    [2, 700, "x".repeat(100)],
  ];
  test.each(fills)(
    "%i rooms with %i events each: every seq once, in the end",
    async (count, events, content) => {
      const world = new ChatWorld();
      const client = world.connect();
      const missing = new Map(upTo(count).map((index) => [`room:${index}`, { epoch: "E1", seq: 0 }]));
      for (const name of missing.keys()) world.engine.fill(name, events, content);
      const got = new Map<string, unknown[]>([...missing.keys()].map((name) => [name, []]));
      for (let round = 0; missing.size > 0 && round < 60; round += 1) {
        const { rows, bytes } = await resume(
          client,
          [...missing].map(([name, position]) => ({ room: name, ...position })),
        );
        expect(bytes).toBeLessThanOrEqual(answerBytesMax);
        expect(rows.some((row) => row.events.length > 0)).toBe(true);
        for (const row of rows) {
          got.get(row.room)?.push(...seqsOf(row.events));
          if (row.more === true) missing.set(row.room, { epoch: row.epoch, seq: row.seq });
          else missing.delete(row.room);
        }
      }
      for (const [name, seqs] of got) expect([name, seqs]).toEqual([name, upTo(events)]);
      expect(client.connection.roomCount).toBe(count);
    },
  );

  test("of 100 first joins with long messages stays within 512 KiB", async () => {
    const world = new ChatWorld();
    const names = upTo(100).map((index) => `room:${index}`);
    for (const name of names) world.engine.fill(name, 3, "x".repeat(8000));
    const { rows, bytes } = await resume(
      world.connect(),
      names.map((name) => ({ room: name })),
    );
    expect(bytes).toBeLessThanOrEqual(answerBytesMax);
    expect(rows.every(({ ok }) => ok)).toBe(true);
  });
});

test("so much stored between the read and the answer that the feed forgot it is a resync", async () => {
  const world = new ChatWorld();
  await world.join(room);
  world.engine.announce(room, world.engine.fill(room, 1));
  const joiner = await world.join(room);
  world.engine.pauseAnswers();
  joiner.send("join", { rooms: [{ room, epoch: "E1", seq: 0 }] }, "j");
  await until(() => world.engine.waitingAnswers > 0);
  for (let burst = 0; burst < 6; burst += 1) {
    world.engine.announce(room, world.engine.fill(room, 25, "x".repeat(8000)));
    await world.lastTurn();
  }
  world.engine.resumeAnswers();
  await until(() => joiner.socket.answerTo("j"));
  expect(joiner.socket.framesOf("resync")).toMatchObject([
    { payload: { room, reason: "too_far", epoch: "E1" } },
  ]);
  expect(joiner.connection.isJoined(room)).toBe(false);
  const { rows } = await resume(joiner, [{ room, epoch: "E1", seq: 1 }]);
  expect(rows[0]?.more).toBe(true);
});

import { describe, expect, test } from "bun:test";
import type { Position, Replay, StoredEvent } from "../../src/chat/engine.ts";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";
import { eventAt } from "../support/event-at.ts";

const room = "room:a";
const seqsOf = ({ socket }: Client) => socket.framesOf("chat_message").map(({ payload }) => payload.seq);
const inEpoch = (epoch: string, event: StoredEvent): StoredEvent => ({ ...event, epoch });

const startJoin = (client: Client, position: Partial<Position> = {}) =>
  client.send("join", { rooms: [{ room, ...position }] }, "j");

async function joined(client: Client): Promise<Readonly<Record<string, unknown>>> {
  const { payload } = await until(() => client.socket.answerTo("j"));
  return (payload.rooms as Record<string, unknown>[])[0] ?? {};
}

/** The log goes on in E2, as a restart that lost nothing leaves it. */
function continueInE2(world: ChatWorld): void {
  world.engine.epoch = "E2";
  world.engine.replaysAs = (after): Replay | null => {
    const log = world.engine.logs.get(room) ?? [];
    if (after.epoch !== "E1") return null;
    const events = log.slice(after.seq).map((event) => inEpoch("E2", event));
    return { recovered: true, epoch: "E2", seq: log.length, events, isComplete: true };
  };
}

describe("what one commit stored goes out in one step", () => {
  test("as one text to the topic, whatever the number of members and events", async () => {
    const world = new ChatWorld();
    const members = [await world.join(room), await world.join(room), await world.join(room)];
    const publishedBefore = world.sockets.publishCount;
    world.engine.announce(room, world.engine.fill(room, 20));
    expect(world.sockets.publishCount).toBe(publishedBefore + 1);
    for (const member of members) expect(seqsOf(member).length).toBe(20);
  });

  test("an event whose text is gone takes its place as skipped, an unknown kind as it is", async () => {
    const world = new ChatWorld();
    const member = await world.join(room);
    const kind = { kind: "poll_opened", rest: '{"question":"?"}' };
    world.engine.announce(room, [
      { ...eventAt(1), content: null },
      { ...eventAt(2), ...kind },
    ]);
    expect(member.socket.framesOf("skipped", "poll_opened")).toEqual([
      { type: "skipped", payload: { room, epoch: "E1", seq: 1 } },
      { type: "poll_opened", payload: { room, epoch: "E1", seq: 2, question: "?" } },
    ]);
  });

  test("a room that only somebody else is in gets nothing of it", async () => {
    const world = new ChatWorld();
    const other = await world.join("room:b");
    world.engine.announce(room, [eventAt(1)]);
    expect(seqsOf(other)).toEqual([]);
  });
});

describe("the log goes on in another epoch", () => {
  test("in which the members' position is valid: they go on", async () => {
    const world = new ChatWorld();
    const member = await world.join(room);
    world.engine.announce(room, world.engine.fill(room, 2));
    continueInE2(world);
    world.engine.announce(room, world.engine.fill(room, 1));
    await settle();
    world.engine.announce(room, world.engine.fill(room, 1));
    expect(member.socket.framesOf("chat_message").map(({ payload }) => [payload.epoch, payload.seq])).toEqual(
      [
        ["E1", 1],
        ["E1", 2],
        ["E2", 3],
        ["E2", 4],
      ],
    );
    expect(member.socket.framesOf("resync")).toEqual([]);
  });

  describe("while a write waits for the place of its ack", () => {
    /** Stored as seq 3 of E1, of which the bus says nothing. */
    async function waiting() {
      const world = new ChatWorld();
      const member = await world.join(room);
      world.engine.announce(room, world.engine.fill(room, 2));
      world.engine.loses = () => true;
      member.send("send_message", { room, content: "x" }, "w");
      await settle();
      expect(member.socket.answerTo("w")).toBeUndefined();
      return { world, member };
    }
    const answerOf = ({ socket }: Client) => until(() => socket.answerTo("w"));

    test("the ack stands at its place there", async () => {
      const { world, member } = await waiting();
      continueInE2(world);
      world.engine.announce(room, world.engine.fill(room, 1));
      const { type, payload } = await answerOf(member);
      expect([type, payload]).toMatchObject(["message_response", { epoch: "E2", seq: 3, duplicate: false }]);
      expect(seqsOf(member)).toEqual([1, 2, 4]);
    });

    test.each([
      ["and another one has its place", 1],
      ["and nothing follows", 0],
    ])("it is unavailable where the log has lost it, %s", async (_, others) => {
      const { world, member } = await waiting();
      world.engine.logs.get(room)?.pop();
      continueInE2(world);
      world.engine.fill(room, others);
      world.engine.heads = async (logs) => logs.map(() => ({ epoch: "E2", seq: 2 + others }));
      world.clock.advance(1000);
      const { type, payload } = await answerOf(member);
      expect([type, payload.code]).toEqual(["error", "unavailable"]);
      expect(seqsOf(member)).toEqual([1, 2, 3].slice(0, 2 + others));
    });
  });

  test("in which it is not: they are told, and can join again", async () => {
    const world = new ChatWorld();
    const member = await world.join(room);
    world.engine.announce(room, world.engine.fill(room, 5));
    world.engine.epoch = "E2";
    world.engine.logs.clear();
    world.engine.announce(room, world.engine.fill(room, 1));
    await until(() => member.socket.framesOf("resync")[0]);
    startJoin(member, { epoch: "E1", seq: 5 });
    expect(await joined(member)).toMatchObject({ recovered: false, reason: "epoch", epoch: "E2", seq: 1 });
    world.engine.announce(room, world.engine.fill(room, 1));
    expect(seqsOf(member)).toEqual([1, 2, 3, 4, 5, 2]);
  });

  test("while nobody writes: who joins is not sent away, and who is there goes on", async () => {
    const world = new ChatWorld();
    const member = await world.join(room);
    world.engine.announce(room, world.engine.fill(room, 2));
    continueInE2(world);
    const joiner = world.connect();
    startJoin(joiner, { epoch: "E2", seq: 1 });
    expect(await joined(joiner)).toMatchObject({ recovered: true, epoch: "E2", seq: 2 });
    world.engine.announce(room, world.engine.fill(room, 1));
    expect([seqsOf(member), seqsOf(joiner)]).toEqual([[1, 2, 3], [3]]);
    expect(joiner.socket.framesOf("resync")).toEqual([]);
  });

  test("while the whole log is gone: who joins is in, who was there is told", async () => {
    const world = new ChatWorld();
    const member = await world.join(room);
    world.engine.announce(room, world.engine.fill(room, 2));
    world.engine.logs.clear();
    const joiner = world.connect();
    startJoin(joiner);
    expect(await joined(joiner)).toMatchObject({ recovered: false, reason: "new", epoch: "", seq: 0 });
    expect(joiner.socket.framesOf("resync")).toEqual([]);
    expect(member.socket.framesOf("resync")).toMatchObject([{ payload: { reason: "epoch", epoch: "" } }]);
    world.engine.epoch = "E2";
    world.engine.announce(room, world.engine.fill(room, 1));
    expect(seqsOf(joiner)).toEqual([1]);
  });

  test("between the read of a join and its answer: the joiner is told so", async () => {
    const world = new ChatWorld();
    await world.join(room);
    world.engine.announce(room, world.engine.fill(room, 5));
    const joiner = world.connect();
    await world.hub.blocks.load(joiner.connection.identity.user.id);
    world.engine.pauseAnswers();
    startJoin(joiner);
    await until(() => world.engine.waitingAnswers > 0);
    world.engine.replaysAs = () => ({ recovered: false, reason: "epoch", epoch: "E2", seq: 5 });
    world.engine.announce(room, [inEpoch("E2", eventAt(5))]);
    world.engine.resumeAnswers();
    await joined(joiner);
    await settle();
    expect(joiner.socket.framesOf("resync")).toMatchObject([
      { payload: { room, reason: "epoch", epoch: "E2" } },
    ]);
    expect(joiner.connection.isJoined(room)).toBe(false);
  });
});

test("who waits for the bus when the log begins again is told at once", async () => {
  const world = new ChatWorld();
  await world.join(room);
  world.engine.announce(room, world.engine.fill(room, 1));
  world.engine.fill(room, 1);
  const joiner = world.connect();
  startJoin(joiner);
  await settle();
  world.engine.replaysAs = () => ({ recovered: false, reason: "epoch", epoch: "E2", seq: 1 });
  world.engine.announce(room, [inEpoch("E2", eventAt(1))]);
  await joined(joiner);
  expect(joiner.socket.framesOf("resync")).toMatchObject([{ payload: { reason: "epoch", epoch: "E2" } }]);
});

describe("a burst", () => {
  test.each([2999, 9999, 12_000])(
    "of %i events at once reaches the members whole and in order",
    async (count) => {
      const world = new ChatWorld();
      const member = await world.join(room);
      world.engine.announce(room, world.engine.fill(room, count));
      await world.lastTurn();
      expect(seqsOf(member)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
      expect(world.engine.asked.replay > 0).toBe(count > 11_000);
    },
  );

  test("that is one event larger than a turn's share goes out all the same", async () => {
    const world = new ChatWorld();
    const member = await world.join(room);
    const large = { kind: "file_added", rest: JSON.stringify({ data: "x".repeat(300_000) }) };
    world.engine.announce(room, [eventAt(1), { ...eventAt(2), ...large }, eventAt(3)]);
    await world.lastTurn();
    expect(member.socket.framesOf("chat_message", "file_added").map(({ payload }) => payload.seq)).toEqual([
      1, 2, 3,
    ]);
  });
});

describe("a feed that is being opened", () => {
  test("misses nothing of what is stored meanwhile", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 3);
    const opening = Promise.withResolvers<void>();
    const head = world.engine.head.bind(world.engine);
    world.engine.head = async (name) => {
      const position = await head(name);
      await opening.promise;
      return position;
    };
    const joiner = world.connect();
    startJoin(joiner, { epoch: "E1", seq: 3 });
    await settle();
    world.engine.announce(room, world.engine.fill(room, 2));
    opening.resolve();
    expect(await joined(joiner)).toMatchObject({ recovered: true, seq: 5 });
    world.engine.announce(room, world.engine.fill(room, 1));
    expect(seqsOf(joiner)).toEqual([6]);
  });

  test("learns the epoch of the first event that its room ever has", async () => {
    const world = new ChatWorld();
    const member = await world.join(room);
    world.engine.announce(room, world.engine.fill(room, 1));
    expect(member.socket.framesOf("chat_message")[0]?.payload).toMatchObject({ epoch: "E1", seq: 1 });
    expect(world.engine.asked.replay).toBe(0);
  });
});

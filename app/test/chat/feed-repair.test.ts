import { describe, expect, test } from "bun:test";
import { EngineUnavailable, type Replay } from "../../src/chat/engine.ts";
import { ChatWorld, settle, until } from "../support/chat-world.ts";
import { eventAt } from "../support/event-at.ts";
import type { RecordingSocket } from "../support/recording-sockets.ts";

const room = "room:a";
const seqsOf = (socket: RecordingSocket) => socket.framesOf("chat_message").map(({ payload }) => payload.seq);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** A room with one member, and events of another instance that the bus brings as the test says. */
async function worldWithMember() {
  const world = new ChatWorld();
  const member = await world.join(room);
  return { world, engine: world.engine, member };
}

describe("whatever the bus does, a member gets each seq once, in order", () => {
  const deliveries: [what: string, seqs: number[], gaps: string[]][] = [
    ["says everything", [1, 2, 3, 4], []],
    ["repeats itself", [1, 1, 2, 3, 2, 1, 3, 4], []],
    ["loses one in the middle", [1, 2, 4], ["bus"]],
    ["loses the first", [2, 3, 4], ["bus"]],
    ["loses several", [2, 4], ["bus"]],
  ];
  test.each(deliveries)("%s", async (_, seqs, gaps) => {
    const { world, engine, member } = await worldWithMember();
    const events = engine.fill(room, 4);
    for (const seq of seqs) engine.announce(room, [events[seq - 1] ?? eventAt(seq)]);
    await settle();
    expect(seqsOf(member.socket)).toEqual(upTo(4));
    expect(world.gaps).toEqual(gaps);
    expect(member.socket.closedWith).toBeNull();
  });

  test("reorders what one message holds", async () => {
    const { world, engine, member } = await worldWithMember();
    engine.announce(room, engine.fill(room, 4).toReversed());
    await settle();
    expect(seqsOf(member.socket)).toEqual(upTo(4));
    expect(world.gaps).toEqual([]);
  });

  test("loses more than one answer of the log holds", async () => {
    const { world, engine, member } = await worldWithMember();
    const events = engine.fill(room, 1500);
    engine.announce(room, events.slice(-1));
    await world.lastTurn();
    expect(seqsOf(member.socket)).toEqual(upTo(1500));
    expect(engine.asked.replay).toBe(5);
  });

  test("brings more beyond the hole while it is being read", async () => {
    const { engine, member } = await worldWithMember();
    const events = engine.fill(room, 5);
    engine.pauseAnswers();
    engine.announce(room, events.slice(2, 3));
    await until(() => engine.waitingAnswers > 0);
    const later = engine.fill(room, 3);
    engine.announce(room, later.slice(0, 1));
    engine.announce(room, later.slice(2));
    engine.resumeAnswers();
    await settle();
    expect(seqsOf(member.socket)).toEqual(upTo(8));
  });
});

describe("the last event lost on the bus", () => {
  test("is read 500 ms after its own write was stored, and the sender has its ack", async () => {
    const { world, engine, member } = await worldWithMember();
    const other = await world.join(room);
    engine.loses = () => true;
    member.send("send_message", { room, content: "1" }, "w1");
    await settle();
    world.clock.advance(499);
    await settle();
    expect(member.socket.answerTo("w1")).toBeUndefined();
    world.clock.advance(1);
    await until(() => member.socket.answerTo("w1"));
    expect(seqsOf(other.socket)).toEqual([1]);
    expect(world.gaps).toEqual(["poll"]);
  });

  test("is read for somebody who joins behind it, and everybody gets it", async () => {
    const { world, engine, member } = await worldWithMember();
    engine.fill(room, 2);
    const joiner = world.connect();
    joiner.send("join", { rooms: [{ room }] }, "j");
    await settle();
    expect(joiner.socket.answerTo("j")).toBeUndefined();
    world.clock.advance(500);
    await until(() => joiner.socket.answerTo("j"));
    expect(seqsOf(member.socket)).toEqual([1, 2]);
    expect(seqsOf(joiner.socket)).toEqual([]);
  });

  test("is noticed within a second each time, as long as there are losses", async () => {
    const { world, engine, member } = await worldWithMember();
    engine.loses = () => true;
    for (const id of ["w1", "w2", "w3"]) {
      member.send("send_message", { room, content: id }, id);
      await settle();
      world.clock.advance(1000);
      await until(() => member.socket.answerTo(id));
    }
    expect(world.gaps.length).toBe(3);
  });

  test("is noticed though the one before it only came late", async () => {
    const { world, engine, member } = await worldWithMember();
    engine.pauseBus();
    member.send("send_message", { room, content: "1" }, "w1");
    await settle();
    world.clock.advance(300);
    engine.resumeBus();
    engine.loses = () => true;
    await until(() => member.socket.answerTo("w1"));
    member.send("send_message", { room, content: "2" }, "w2");
    await settle();
    world.clock.advance(1000);
    await until(() => member.socket.answerTo("w2"));
  });

  test("costs no read when it only came late", async () => {
    const { world, engine, member } = await worldWithMember();
    engine.pauseBus();
    member.send("send_message", { room, content: "1" }, "w1");
    await settle();
    world.clock.advance(499);
    engine.resumeBus();
    world.clock.advance(5000);
    await settle();
    expect(member.socket.answerTo("w1")).toBeDefined();
    expect(engine.asked.replay).toBe(0);
  });
});

describe("a log that cannot be read", () => {
  test("is tried again every second; nobody is disconnected", async () => {
    const { world, engine, member } = await worldWithMember();
    const events = engine.fill(room, 3);
    engine.failsWith = () => new EngineUnavailable("down");
    engine.announce(room, events.slice(2));
    await settle();
    world.clock.advance(2000);
    await settle();
    expect(seqsOf(member.socket)).toEqual([]);
    engine.failsWith = () => null;
    world.clock.advance(1000);
    await until(() => seqsOf(member.socket).length === 3);
    expect(member.socket.closedWith).toBeNull();
  });

  test("that lacks what the bus said is not asked for ever", async () => {
    const { world, engine, member } = await worldWithMember();
    engine.announce(room, engine.fill(room, 1));
    engine.failsWith = () => (engine.asked.replay > 10 ? new Error("asked too often") : null);
    engine.announce(room, [eventAt(50)]);
    await settle();
    expect(engine.asked.replay).toBe(2);
    await member.ask("send_message", { room, content: "2" });
    expect(world.gaps).toEqual(["bus"]);
  });
});

describe("a position that is void", () => {
  const refusals: [reason: string, replay: Replay, told: string, epoch: string][] = [
    ["epoch", { recovered: false, reason: "epoch", epoch: "E2", seq: 0 }, "epoch", "E2"],
    ["trimmed", { recovered: false, reason: "trimmed", epoch: "E1", seq: 9 }, "too_far", "E1"],
    ["too_far", { recovered: false, reason: "too_far", epoch: "E1", seq: 9 }, "too_far", "E1"],
  ];
  test.each(refusals)(
    "because of %s: every member is told so and has left",
    async (_, replay, told, epoch) => {
      const { world, engine, member } = await worldWithMember();
      engine.replaysAs = () => replay;
      engine.announce(room, [eventAt(7)]);
      await settle();
      expect(member.socket.framesOf("resync")).toEqual([
        { type: "resync", payload: { room, reason: told, epoch } },
      ]);
      expect([member.connection.isJoined(room), member.socket.closedWith]).toEqual([false, null]);
      expect(world.hub.feeds.count).toBe(0);
    },
  );

  const holes: [missing: number, delivered: number, resyncs: number][] = [
    [3000, 3000, 0],
    [3001, 0, 1],
  ];
  test.each(holes)(
    "a hole of %i events: %i are delivered, %i resync",
    async (missing, delivered, resyncs) => {
      const { world, engine, member } = await worldWithMember();
      engine.announce(room, engine.fill(room, missing).slice(-1));
      await world.lastTurn();
      expect(seqsOf(member.socket)).toEqual(upTo(delivered));
      expect(member.socket.framesOf("resync").length).toBe(resyncs);
    },
  );
});

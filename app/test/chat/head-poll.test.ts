import { describe, expect, test } from "bun:test";
import { EngineUnavailable, type Position } from "../../src/chat/engine.ts";
import { ChatWorld, settle, until } from "../support/chat-world.ts";

const room = "room:a";

/** A room with one member, on an engine whose bus loses everything. */
async function worldWithPoll() {
  const world = new ChatWorld();
  const asked: (readonly string[])[] = [];
  const { engine } = world;
  const headOf = (log: string): Position => {
    const seq = engine.logs.get(log)?.length ?? 0;
    return { epoch: seq === 0 ? "" : engine.epoch, seq };
  };
  engine.heads = async (rooms) => {
    asked.push(rooms);
    return rooms.map(headOf);
  };
  engine.loses = () => true;
  const member = await world.join(room);
  const pass = async (ms: number) => {
    world.clock.advance(ms);
    await settle();
  };
  return { world, engine, member, asked, pass };
}

describe("the last event of a room lost on the bus", () => {
  test("is delivered within 1.5 s, and nobody is disconnected", async () => {
    const { world, engine, member, pass } = await worldWithPoll();
    engine.fill(room, 2);
    await pass(1000);
    await pass(300);
    await until(() => member.socket.framesOf("chat_message").length === 2);
    expect([world.gaps, member.socket.closedWith]).toEqual([["poll"], null]);
  });

  test("costs no read where it is only late", async () => {
    const { world, engine, member, pass } = await worldWithPoll();
    const late = engine.fill(room, 1);
    await pass(1000);
    engine.announce(room, late);
    await pass(900);
    expect([world.gaps, member.socket.framesOf("chat_message").length]).toEqual([[], 1]);
  });

  test("is found again and again", async () => {
    const { engine, member, pass } = await worldWithPoll();
    for (const count of [1, 2, 3]) {
      engine.fill(room, 1);
      await pass(1000);
      await pass(300);
      await until(() => member.socket.framesOf("chat_message").length === count);
    }
  });
});

test("a log that lost what was told: its members are told so", async () => {
  const { engine, member, pass } = await worldWithPoll();
  engine.announce(room, engine.fill(room, 2));
  await settle();
  engine.replaysAs = () => ({ recovered: false, reason: "epoch", epoch: "E2", seq: 1 });
  engine.heads = async (rooms) => rooms.map(() => ({ epoch: "E2", seq: 1 }));
  await pass(1000);
  expect(member.socket.framesOf("resync")).toMatchObject([{ payload: { room, reason: "epoch" } }]);
});

describe("asks", () => {
  test("once a second, for all rooms together", async () => {
    const { world, asked, pass } = await worldWithPoll();
    await world.join("room:b");
    for (let second = 0; second < 3; second += 1) await pass(1000);
    expect(asked).toEqual(Array(3).fill([room, "room:b"]));
  });

  test("nothing where there are no rooms", async () => {
    const { world, member, asked, pass } = await worldWithPoll();
    member.vanish();
    await pass(1000);
    expect([world.hub.roomCount, asked]).toEqual([0, []]);
  });

  test("not again while it waits for an answer", async () => {
    const { engine, asked, pass } = await worldWithPoll();
    const answer = Promise.withResolvers<readonly Position[]>();
    engine.heads = (rooms) => {
      asked.push(rooms);
      return answer.promise;
    };
    for (let second = 0; second < 3; second += 1) await pass(1000);
    expect(asked).toHaveLength(1);
    answer.resolve([{ epoch: "", seq: 0 }]);
    await settle();
    await pass(1000);
    expect(asked).toHaveLength(2);
  });

  test.each([
    ["an engine that is away", new EngineUnavailable("away")],
    ["any other failure", new Error("broken")],
  ])("again after %s", async (_, error) => {
    const { engine, asked, pass } = await worldWithPoll();
    engine.heads = async (rooms) => {
      asked.push(rooms);
      throw error;
    };
    await pass(1000);
    await pass(1000);
    expect(asked).toHaveLength(2);
  });
});

test("a room that closes while the answer is awaited is read no more", async () => {
  const { engine, member, pass } = await worldWithPoll();
  const answer = Promise.withResolvers<readonly Position[]>();
  engine.heads = () => answer.promise;
  await pass(1000);
  member.vanish();
  answer.resolve([{ epoch: "E1", seq: 5 }]);
  await pass(0);
  await pass(1000);
  expect(engine.asked.replay).toBe(0);
});

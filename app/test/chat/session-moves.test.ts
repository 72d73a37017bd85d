import { beforeEach, describe, expect, test } from "bun:test";
import { controlRoom } from "../../src/chat/engine-people.ts";
import type { ChatWorld } from "../support/chat-world.ts";
import { settle } from "../support/chat-world.ts";
import { identityOf } from "../support/identities.ts";
import { closeCodeOf, goodbyesTo, TwoHubs } from "../support/two-hubs.ts";

let hubs: TwoHubs;
let a: ChatWorld;
let b: ChatWorld;

beforeEach(async () => {
  hubs = await TwoHubs.start();
  ({ a, b } = hubs);
});

describe("a session whose newer socket is on another instance", () => {
  test("replaces the older one there as it would here", async () => {
    const older = await hubs.enter(a, "s");
    const newer = await hubs.enter(b, "s");
    expect([older, newer].map(goodbyesTo)).toEqual([["replaced"], []]);
    await hubs.pass(4999);
    expect(closeCodeOf(older)).toBeNull();
    await hubs.pass(1);
    expect([older, newer].map(closeCodeOf)).toEqual([4501, null]);
  });

  test("leaves alone an older one that was told to move, until its time is over", async () => {
    const older = await hubs.enter(a, "s");
    await hubs.drain(a);
    const newer = await hubs.enter(b, "s");
    expect([older, newer].map(goodbyesTo)).toEqual([["draining"], []]);
    await hubs.pass(13_000);
    expect(closeCodeOf(older)).toBeNull();
    await hubs.pass(2000);
    expect([older, newer].map(closeCodeOf)).toEqual([1012, null]);
  });

  test("is served through both, each answered where it asked", async () => {
    const older = await hubs.enter(a, "s");
    await hubs.drain(a);
    const newer = await hubs.enter(b, "s");
    for (const client of [older, newer]) await client.ask("join", { rooms: [{ room: "room:x" }] });
    older.send("send_message", { room: "room:x", content: "one" }, "m1");
    await settle();
    newer.send("send_message", { room: "room:x", content: "two" }, "m2");
    await settle();
    for (const world of [a, b]) await world.lastTurn();
    expect(older.socket.answerTo("m1")?.payload.seq).toBe(1);
    expect(newer.socket.answerTo("m2")?.payload.seq).toBe(2);
    const seqs = [older, newer].map(({ socket }) =>
      socket.framesOf("chat_message").map(({ payload }) => payload.seq),
    );
    expect(seqs).toEqual([[2], [1]]);
  });

  test("counts where the newer one is, and where the older one is once that has gone", async () => {
    await hubs.enter(a, "s");
    await hubs.drain(a);
    const newer = await hubs.enter(b, "s");
    expect(hubs.sessionCounts).toEqual([0, 1]);
    newer.vanish();
    await settle();
    expect(hubs.sessionCounts).toEqual([1, 0]);
  });

  test("stays there when its older one closes", async () => {
    const older = await hubs.enter(a, "s");
    await hubs.drain(a);
    await hubs.enter(b, "s");
    older.socket.close(1000, "");
    await settle();
    expect([hubs.instances.shared.sessions.ownerOf("s"), ...hubs.sessionCounts]).toEqual(["b", 0, 1]);
  });

  test("leaves nothing behind once both have closed", async () => {
    const older = await hubs.enter(a, "s", "192.0.2.1");
    await hubs.drain(a);
    const newer = await hubs.enter(b, "s", "192.0.2.1");
    older.vanish();
    newer.vanish();
    await settle();
    expect([hubs.instances.shared.sessions.liveCount, ...hubs.sessionCounts]).toEqual([0, 0, 0]);
  });

  test("is one session in a room where it moves, and nobody is told", async () => {
    const watcher = await hubs.enter(b, "w");
    const older = await hubs.enter(a, "s");
    for (const client of [watcher, older]) await client.ask("join", { rooms: [{ room: "room:x" }] });
    await hubs.drain(a);
    const newer = await hubs.enter(b, "s");
    await newer.ask("join", { rooms: [{ room: "room:x" }] });
    await settle();
    const { payload } = await watcher.ask("presence", { room: "room:x" });
    expect(payload.users).toContainEqual(expect.objectContaining({ userId: "user-s", connections: 1 }));
    expect(watcher.socket.framesOf("user_joined", "user_left")).toHaveLength(1);
  });
});

describe("a third socket closes the oldest at once", () => {
  test("on a third instance", async () => {
    const c = hubs.instances.start("c");
    await settle();
    const first = await hubs.enter(a, "s");
    await hubs.drain(a);
    const second = await hubs.enter(b, "s");
    const third = await hubs.enter(c, "s");
    expect([first, second, third].map(closeCodeOf)).toEqual([4501, null, null]);
    expect([first, second, third].map(goodbyesTo)).toEqual([["draining"], ["replaced"], []]);
  });

  test("on the instance of the first, which was told to stay there", async () => {
    const first = await hubs.enter(a, "s");
    await hubs.drain(a);
    const second = await hubs.enter(b, "s");
    a.hub.drain.undrain();
    await hubs.drain(b);
    const third = await hubs.enter(a, "s");
    expect([first, second, third].map(closeCodeOf)).toEqual([4501, null, null]);
    expect([first, second, third].map(goodbyesTo)).toEqual([["draining", "replaced"], ["draining"], []]);
    expect(hubs.sessionCounts).toEqual([1, 0]);
  });

  test("where the two others are on one instance", async () => {
    const first = await hubs.enter(a, "s");
    const second = await hubs.enter(a, "s");
    const third = await hubs.enter(b, "s");
    expect([first, second, third].map(closeCodeOf)).toEqual([4501, null, null]);
  });

  test("but not one whose newer one has gone meanwhile", async () => {
    const first = await hubs.enter(a, "s");
    await hubs.drain(a);
    for (let times = 0; times < 3; times += 1) (await hubs.enter(b, "s")).vanish();
    await settle();
    const last = await hubs.enter(b, "s");
    expect([first, last].map(closeCodeOf)).toEqual([null, null]);
    expect(hubs.sessionCounts).toEqual([0, 1]);
  });

  test("and there are never more, however often a session moves", async () => {
    const clients = [await hubs.enter(a, "s")];
    for (const world of [b, b, a, a, b, a, b, a]) {
      clients.push(await hubs.enter(world, "s"));
      const codes = clients.map(closeCodeOf);
      expect([codes.indexOf(null), codes.lastIndexOf(4501)]).toEqual([codes.length - 2, codes.length - 3]);
    }
    await hubs.pass(5000);
    expect(clients.map(closeCodeOf)).toEqual([...new Array(8).fill(4501), null]);
    expect(hubs.sessionCounts).toEqual([1, 0]);
  });
});

describe("an entry that the bus lost", () => {
  test("is found within 1.5 s", async () => {
    const older = await hubs.enter(a, "s");
    a.hub.context.engine.unsubscribe(controlRoom);
    await hubs.enter(b, "s");
    expect([goodbyesTo(older), ...hubs.sessionCounts]).toEqual([[], 1, 1]);
    await hubs.pass(1500);
    expect([goodbyesTo(older), ...hubs.sessionCounts]).toEqual([["replaced"], 0, 1]);
  });

  test("and comes after the session's return changes nothing", async () => {
    await hubs.enter(a, "s");
    a.hub.context.engine.unsubscribe(controlRoom);
    const second = await hubs.enter(b, "s");
    const third = await hubs.enter(a, "s");
    await hubs.pass(1500);
    expect([second, third].map(goodbyesTo)).toEqual([["replaced"], []]);
    expect(hubs.sessionCounts).toEqual([1, 0]);
  });
});

test("claims of one session that race end with one newest socket", async () => {
  await hubs.enter(a, "s");
  const racers = await Promise.all([b, a, b, a, b].map((world) => world.entered("s")));
  await hubs.pass(5000);
  expect(racers.filter((client) => closeCodeOf(client) === null)).toHaveLength(1);
  expect(hubs.sessionCounts[0] as number).toBe(1 - (hubs.sessionCounts[1] as number));
  expect(hubs.instances.shared.sessions.liveCount).toBe(1);
});

test("of two users who claim one session at a time the first has it", async () => {
  const [first, second] = await Promise.all([
    a.enter("s", null, identityOf("alice")),
    b.enter("s", null, identityOf("bob")),
  ]);
  expect([typeof first, second]).toEqual(["object", "session_taken"]);
});

import { describe, expect, test } from "bun:test";
import type { User } from "../../src/chat/identity.ts";
import { ChatWorld, type Client } from "../support/chat-world.ts";

const room = "room:a";
const usersMax = 3;

/** What a client was told of presence: `+a`, `-a`, or the total. */
function toldTo({ socket }: Client): string[] {
  return socket.framesOf("user_joined", "user_left", "presence_changed").map(({ type, payload }) => {
    if (type === "presence_changed") return `${payload.total}`;
    return `${type === "user_joined" ? "+" : "-"}${payload.userName}`;
  });
}

/** A room with a watcher, and others who come. */
async function roomWith(...names: readonly string[]) {
  const world = new ChatWorld({ presenceEventsMaxMembers: usersMax });
  const watcher = await world.join(room, "watcher");
  const join = (name: string) => world.join(room, name);
  const clients = new Map<string, Client>();
  for (const name of names) clients.set(name, await join(name));
  const leave = (name: string) => clients.get(name)?.vanish();
  return { world, watcher, join, leave };
}

describe("a room with more users than are told one by one", () => {
  test("tells its total instead, from the change that makes it so", async () => {
    const { watcher } = await roomWith("a", "b", "c");
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4"]);
    expect(watcher.socket.framesOf("presence_changed")).toEqual([
      { type: "presence_changed", payload: { room, total: 4 } },
    ]);
  });

  test("tells it at most once a second, and the last number is right", async () => {
    const { world, watcher, join } = await roomWith("a", "b", "c", "d", "e");
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4"]);
    world.clock.advance(999);
    await join("f");
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4"]);
    world.clock.advance(1);
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4", "7"]);
    await join("g");
    world.clock.advance(999);
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4", "7"]);
    world.clock.advance(10_000);
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4", "7", "8"]);
  });

  test("tells it at once after a quiet second", async () => {
    const { world, watcher, join } = await roomWith("a", "b", "c");
    world.clock.advance(1000);
    await join("d");
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4", "5"]);
  });

  test("counts a leave of somebody whose coming was told by name", async () => {
    const { world, watcher, leave } = await roomWith("a", "b", "c", "d");
    world.clock.advance(1000);
    leave("a");
    world.clock.advance(4999);
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4", "5"]);
    world.clock.advance(1001);
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4", "5", "4"]);
  });

  test("tells the change that ends it as a total, and the next by name", async () => {
    const { world, watcher, leave } = await roomWith("a", "b", "c");
    leave("a");
    world.clock.advance(6000);
    leave("b");
    world.clock.advance(6000);
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4", "3", "-b"]);
  });

  test("names nobody while a total is due, so that a count by both is right", async () => {
    const { world, watcher, leave, join } = await roomWith("a", "b", "c", "d");
    for (const name of ["a", "b", "c"]) leave(name);
    world.clock.advance(5000);
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4", "5", "4"]);
    await join("e");
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4", "5", "4"]);
    world.clock.advance(1000);
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4", "5", "4", "3"]);
    await join("f");
    expect(toldTo(watcher).at(-1)).toBe("3");
  });

  test("counts who lingers, and a return changes nothing", async () => {
    const { world, watcher, leave, join } = await roomWith("a", "b", "c");
    world.clock.advance(2000);
    leave("a");
    await join("a");
    world.clock.advance(20_000);
    expect(toldTo(watcher)).toEqual(["+a", "+b", "4"]);
  });

  test("that is left by all before its total is told tells nobody", async () => {
    const { world, watcher, leave } = await roomWith("a", "b", "c", "d");
    watcher.vanish();
    for (const name of ["a", "b", "c", "d"]) leave(name);
    world.clock.advance(5500);
    const late = await world.join(room, "late");
    world.clock.advance(20_000);
    expect(toldTo(late)).toEqual([]);
  });
});

test("0 names everybody, however many there are", async () => {
  const world = new ChatWorld({ presenceEventsMaxMembers: 0, maxConnections: 0 });
  const watcher = await world.join(room, "watcher");
  for (let index = 0; index < 300; index += 1) await world.join(room);
  expect(watcher.socket.framesOf("user_joined").length).toBe(300);
  expect(watcher.socket.framesOf("presence_changed")).toEqual([]);
});

test("a room of exactly as many users names them", async () => {
  const { world, watcher, leave } = await roomWith("a", "b");
  leave("a");
  world.clock.advance(6000);
  expect(toldTo(watcher)).toEqual(["+a", "+b", "-a"]);
});

describe("a block", () => {
  const user = (id: string): User => ({ id, name: id, image: null });
  const author = { userId: "x", at: 0, instance: "i1" };

  test.each([
    ["who blocks", "ann", "bob"],
    ["the blocked", "bob", "ann"],
  ])("keeps %s from hearing of the other's coming and leaving", async (_, userId, otherId) => {
    const world = new ChatWorld();
    await world.engine.control({ kind: "block_added", userId, otherId }, author);
    const ann = await world.join(room, "ann", { user: user("ann") });
    const cy = await world.join(room, "cy", { user: user("cy") });
    const bob = await world.join(room, "bob", { user: user("bob") });
    bob.vanish();
    world.clock.advance(6000);
    expect([ann, cy].map(toldTo)).toEqual([["+cy"], ["+bob", "-bob"]]);
  });
});

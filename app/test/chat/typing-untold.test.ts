import { describe, expect, test } from "bun:test";
import type { User } from "../../src/chat/identity.ts";
import { Typing } from "../../src/chat/typing.ts";
import { ChatWorld } from "../support/chat-world.ts";
import { ann, room, toldTo, typed } from "../support/typed-room.ts";

describe("a room with events that are not delivered yet", () => {
  /** A burst of more than a turn may hand out. */
  async function congested() {
    const typing = await typed();
    const burst = () =>
      typing.world.engine.announce(room, typing.world.engine.fill(room, 60, "x".repeat(8000)));
    return { ...typing, burst };
  }

  test("is told of no beginning, also not later, until it is said again", async () => {
    const { world, watcher, type, burst } = await congested();
    burst();
    await type(true);
    await world.lastTurn();
    world.clock.advance(4000);
    expect(toldTo(watcher)).toEqual([]);
    await type(true);
    expect(toldTo(watcher)).toEqual(["ann true"]);
  });

  test("is told of an end once they are", async () => {
    const { world, watcher, type, burst } = await congested();
    await type(true);
    world.clock.advance(2000);
    burst();
    await type(false);
    await world.lastTurn();
    expect(toldTo(watcher)).toEqual(["ann true"]);
    world.clock.advance(2000);
    expect(toldTo(watcher)).toEqual(["ann true", "ann false"]);
  });
});

describe("a block", () => {
  test.each([
    ["who blocks", "ann", "bob"],
    ["the blocked", "bob", "ann"],
  ])("keeps %s from seeing the other type", async (_, userId, otherId) => {
    const world = new ChatWorld();
    const author = { userId: "x", at: 0, instance: "i1" };
    await world.engine.control({ kind: "block_added", userId, otherId }, author);
    const phone = await world.join(room, "phone", { user: ann });
    const bob = await world.join(room, "bob", { user: { id: "bob", name: "Bob", image: null } });
    const cy = await world.join(room, "cy");
    await bob.ask("typing", { room, isTyping: true });
    expect([phone, cy].map(toldTo)).toEqual([[], ["bob true"]]);
  });
});

describe("typing is refused", () => {
  const refusals: [what: string, room: string, code: string][] = [
    ["in a room that is not joined", "room:b", "not_joined"],
    ["in a group that is not joined", "group:b", "not_joined"],
    ["in one's notifications", "notifications:me", "forbidden"],
    ["in everybody's notifications, joined or not", "notifications:all", "forbidden"],
  ];
  test.each(refusals)("%s", async (_, name, code) => {
    const { phone } = await typed();
    await phone.ask("join", { rooms: [{ room: "notifications:all" }] });
    expect((await phone.ask("typing", { room: name, isTyping: true })).payload.code).toBe(code);
  });
});

test("past the bound of those who type at a time no more are noticed, and it is counted", async () => {
  const { world, watcher } = await typed();
  const typing = new Typing(world.hub.context, world.hub, 2);
  const user = (id: string): User => ({ id, name: id, image: null });
  for (const id of ["a", "b", "c"]) typing.set(room, user(id), true);
  typing.set(room, user("c"), false);
  typing.set(room, user("a"), true);
  expect([toldTo(watcher), world.limited]).toEqual([["a true", "b true"], ["typing"]]);
  typing.end(room, "a");
  world.clock.advance(4000);
  typing.set(room, user("c"), true);
  expect(toldTo(watcher)).toEqual(["a true", "b true", "a false", "c true"]);
});

import { describe, expect, test } from "bun:test";
import type { Client } from "../support/chat-world.ts";
import { ann, room, toldTo, typed } from "../support/typed-room.ts";

describe("typing", () => {
  test("is told to the other users, and not to the user's own devices", async () => {
    const { world, watcher, phone, type } = await typed();
    const desk = await world.join(room, "desk", { user: ann });
    expect((await type(true)).payload).toEqual({});
    expect(watcher.socket.framesOf("typing")).toEqual([
      { type: "typing", payload: { room, userId: "ann", userName: "Ann", isTyping: true } },
    ]);
    expect([phone, desk].map(toldTo)).toEqual([[], []]);
  });

  test("is told in its room only", async () => {
    const { world, type } = await typed();
    const elsewhere = await world.join("room:b", "elsewhere");
    await type(true);
    expect(toldTo(elsewhere)).toEqual([]);
  });

  test("that has not begun does not end", async () => {
    const { watcher, type } = await typed();
    await type(false);
    expect(toldTo(watcher)).toEqual([]);
  });

  test("is told when it changes, not when it is said again", async () => {
    const { world, watcher, type } = await typed();
    for (const isTyping of [true, true, false, false, true]) {
      await type(isTyping);
      world.clock.advance(2000);
    }
    expect(toldTo(watcher)).toEqual(["ann true", "ann false", "ann true"]);
  });

  test("ends 5 s after it was last said", async () => {
    const { world, watcher, type } = await typed();
    await type(true);
    world.clock.advance(4000);
    await type(true);
    world.clock.advance(4999);
    expect(toldTo(watcher)).toEqual(["ann true"]);
    world.clock.advance(1);
    expect(toldTo(watcher)).toEqual(["ann true", "ann false"]);
  });

  test("of somebody who goes on for long is told once", async () => {
    const { world, watcher, type } = await typed();
    for (let said = 0; said < 8; said += 1) {
      await type(true);
      world.clock.advance(3000);
    }
    expect(toldTo(watcher)).toEqual(["ann true"]);
    world.clock.advance(2000);
    expect(toldTo(watcher)).toEqual(["ann true", "ann false"]);
  });

  test("that changes within 2 s is told at their end, the latest state alone", async () => {
    const { world, watcher, type } = await typed();
    await type(true);
    for (const isTyping of [false, true, false]) await type(isTyping);
    world.clock.advance(1999);
    expect(toldTo(watcher)).toEqual(["ann true"]);
    world.clock.advance(1);
    expect(toldTo(watcher)).toEqual(["ann true", "ann false"]);
    for (const isTyping of [true, false]) await type(isTyping);
    world.clock.advance(20_000);
    expect(toldTo(watcher)).toEqual(["ann true", "ann false"]);
  });

  test("that ends and begins again within 2 s goes on", async () => {
    const { world, watcher, type } = await typed();
    await type(true);
    await type(false);
    await type(true);
    world.clock.advance(4999);
    expect(toldTo(watcher)).toEqual(["ann true"]);
    world.clock.advance(1);
    expect(toldTo(watcher)).toEqual(["ann true", "ann false"]);
  });

  test("is one state over all devices", async () => {
    const { world, watcher, type } = await typed();
    const desk = await world.join(room, "desk", { user: ann });
    await type(true);
    world.clock.advance(2000);
    await type(true, desk);
    await type(false);
    expect(toldTo(watcher)).toEqual(["ann true", "ann false"]);
  });

  test("of several users and rooms is kept apart", async () => {
    const { world, watcher, type } = await typed();
    const bob = await world.join(room, "bob", { user: { id: "bob", name: "Bob", image: null } });
    for (const client of [watcher, bob]) await client.ask("join", { rooms: [{ room: "room:b" }] });
    await type(true);
    await type(true, bob);
    await bob.ask("typing", { room: "room:b", isTyping: true });
    await bob.ask("typing", { room: "room:b", isTyping: false });
    world.clock.advance(3000);
    expect(watcher.socket.framesOf("typing").map(({ payload }) => payload)).toMatchObject([
      { room, userId: "ann", isTyping: true },
      { room, userId: "bob", isTyping: true },
      { room: "room:b", userId: "bob", isTyping: true },
      { room: "room:b", userId: "bob", isTyping: false },
    ]);
  });

  test("shows the user's newest name", async () => {
    const { world, watcher, phone, type } = await typed();
    await world.join("room:b", "desk", { user: { ...ann, name: "Anna" }, issuedAt: 1000 });
    await type(true);
    phone.connection.identity = {
      ...phone.connection.identity,
      user: { ...ann, name: "Annie" },
      issuedAt: 2000,
    };
    world.clock.advance(2000);
    await type(false);
    const names = watcher.socket.framesOf("typing").map(({ payload }) => payload.userName);
    expect(names).toEqual(["Anna", "Annie"]);
  });
});

describe("who types and", () => {
  const ways: [how: string, leave: (client: Client) => unknown][] = [
    ["leaves the room", (client) => client.ask("leave", { rooms: [room] })],
    ["crashes", (client) => client.vanish()],
  ];
  test.each(ways)("%s has ended it", async (_, leave) => {
    const { world, watcher, phone, type } = await typed();
    await type(true);
    world.clock.advance(2000);
    await leave(phone);
    expect(toldTo(watcher)).toEqual(["ann true", "ann false"]);
  });

  test("crashes has ended it only with the last device in the room", async () => {
    const { world, watcher, phone, type } = await typed();
    const desk = await world.join(room, "desk", { user: ann });
    await type(true);
    world.clock.advance(2000);
    phone.vanish();
    expect(toldTo(watcher)).toEqual(["ann true"]);
    await desk.ask("leave", { rooms: [room] });
    expect(toldTo(watcher)).toEqual(["ann true", "ann false"]);
  });

  test("leaves at once is told as every change, after 2 s", async () => {
    const { world, watcher, phone, type } = await typed();
    await type(true);
    phone.vanish();
    expect(toldTo(watcher)).toEqual(["ann true"]);
    world.clock.advance(2000);
    expect(toldTo(watcher)).toEqual(["ann true", "ann false"]);
  });

  test.each([0, 2000])("leaves an empty room after %i ms leaves nothing behind", async (ms) => {
    const { world, watcher, phone, type } = await typed();
    const timersBefore = world.clock.pendingTimers;
    await type(true);
    expect(world.clock.pendingTimers).toBe(timersBefore + 1);
    world.clock.advance(ms);
    for (const client of [watcher, phone]) client.vanish();
    world.clock.advance(2000);
    expect(world.clock.pendingTimers).toBe(timersBefore);
  });
});

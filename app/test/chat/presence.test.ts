import { describe, expect, test } from "bun:test";
import type { User } from "../../src/chat/identity.ts";
import { ChatWorld, type Client, until } from "../support/chat-world.ts";
import type { Frame } from "../support/recording-sockets.ts";

const room = "room:a";
const ann: User = { id: "ann", name: "Ann", image: "https://example.org/ann.png" };
const comings = ["user_joined", "user_left"];

const nameOf = ({ type, payload }: Frame) => `${type} ${payload.userId}`;
/** What a client was told of who came and left. */
const toldTo = ({ socket }: Client) => socket.framesOf(...comings).map(nameOf);

/** Somebody who is in the room and watches who comes and leaves. */
async function watched() {
  const world = new ChatWorld();
  const watcher = await world.join(room, "watcher");
  const join = (connectionId: string, user = ann) => world.join(room, connectionId, { user });
  return { world, watcher, join };
}

describe("a user who enters a room", () => {
  test("is told to the others, once, with name and image", async () => {
    const { watcher, join } = await watched();
    const [phone, desk] = [await join("phone"), await join("desk")];
    expect(watcher.socket.framesOf(...comings)).toEqual([
      {
        type: "user_joined",
        payload: { room, userId: "ann", userName: "Ann", userImage: "https://example.org/ann.png" },
      },
    ]);
    expect([phone, desk].map(toldTo)).toEqual([[], []]);
  });

  test("is told in that room only", async () => {
    const { world, watcher } = await watched();
    await world.join("room:b", "b");
    expect(toldTo(watcher)).toEqual([]);
  });

  test("again is told again, when the leave was told", async () => {
    const { world, watcher, join } = await watched();
    for (let visit = 0; visit < 2; visit += 1) {
      (await join("phone")).vanish();
      world.clock.advance(6000);
    }
    expect(toldTo(watcher)).toEqual(["user_joined ann", "user_left ann", "user_joined ann", "user_left ann"]);
  });
});

describe("a user who leaves a room", () => {
  const ways: [how: string, leave: (client: Client) => unknown][] = [
    ["by leave", (client) => client.ask("leave", { rooms: [room] })],
    ["by a close", (client) => client.connection.close("normal")],
    ["by a crash", (client) => client.vanish()],
  ];
  test.each(ways)("%s is told after the grace, once", async (_, leave) => {
    const { world, watcher, join } = await watched();
    const phone = await join("phone");
    await leave(phone);
    world.clock.advance(4999);
    expect(toldTo(watcher)).toEqual(["user_joined ann"]);
    world.clock.advance(1001);
    world.clock.advance(20_000);
    expect(watcher.socket.framesOf("user_left").map(({ payload }) => payload)).toEqual([
      { room, userId: "ann", userName: "Ann", userImage: "https://example.org/ann.png" },
    ]);
  });

  test("with the last of several devices is told from then on", async () => {
    const { world, watcher, join } = await watched();
    const [phone, desk] = [await join("phone"), await join("desk")];
    phone.vanish();
    world.clock.advance(10_000);
    expect(toldTo(watcher)).toEqual(["user_joined ann"]);
    desk.vanish();
    world.clock.advance(4999);
    expect(toldTo(watcher)).toEqual(["user_joined ann"]);
    world.clock.advance(1001);
    expect(toldTo(watcher)).toEqual(["user_joined ann", "user_left ann"]);
  });

  test("and stays in others is told in the one", async () => {
    const { world, watcher, join } = await watched();
    const phone = await join("phone");
    await phone.ask("join", { rooms: [{ room: "room:b" }] });
    await phone.ask("leave", { rooms: ["room:b"] });
    world.clock.advance(10_000);
    expect(toldTo(watcher)).toEqual(["user_joined ann"]);
  });
});

describe("nobody is told of", () => {
  const returns: [what: string, comeBack: (world: ChatWorld, phone: Client) => unknown][] = [
    [
      "a reconnect",
      (world, phone) => {
        phone.vanish();
        return world.join(room, "phone", { user: ann });
      },
    ],
    [
      "a handover",
      async (world, phone) => {
        await world.join(room, "phone", { user: ann });
        phone.vanish();
      },
    ],
    [
      "a change of devices",
      (world, phone) => {
        phone.vanish();
        return world.join(room, "desk", { user: ann });
      },
    ],
    ["joining again", (_, phone) => phone.ask("join", { rooms: [{ room }] })],
    [
      "leaving and joining",
      async (_, phone) => {
        await phone.ask("leave", { rooms: [room] });
        await phone.ask("join", { rooms: [{ room }] });
      },
    ],
  ];
  test.each(returns)("%s within the grace", async (_, comeBack) => {
    const { world, watcher, join } = await watched();
    const phone = await join("phone");
    await comeBack(world, phone);
    world.clock.advance(20_000);
    expect(toldTo(watcher)).toEqual(["user_joined ann"]);
  });

  test("a return at the last moment, and the next grace is a whole one", async () => {
    const { world, watcher, join } = await watched();
    (await join("phone")).vanish();
    world.clock.advance(4900);
    const back = await join("phone");
    world.clock.advance(200);
    back.vanish();
    world.clock.advance(4900);
    expect(toldTo(watcher)).toEqual(["user_joined ann"]);
    world.clock.advance(1100);
    expect(toldTo(watcher)).toEqual(["user_joined ann", "user_left ann"]);
  });

  test("a resync", async () => {
    const { world, watcher, join } = await watched();
    const phone = await join("phone");
    const members = [watcher, phone];
    world.engine.announce(room, world.engine.fill(room, 3001).slice(-1));
    for (const { socket } of members) await until(() => socket.framesOf("resync").length === 1);
    for (const client of members) await client.ask("join", { rooms: [{ room }] });
    world.clock.advance(20_000);
    expect(members.map(toldTo)).toEqual([["user_joined ann"], []]);
  });

  test("somebody who comes back within the grace to a room that was empty meanwhile", async () => {
    const world = new ChatWorld();
    (await world.join(room, "phone", { user: ann })).vanish();
    expect(world.hub.roomCount).toBe(0);
    const watcher = await world.join(room, "watcher");
    await world.join(room, "phone", { user: ann });
    world.clock.advance(20_000);
    expect(toldTo(watcher)).toEqual([]);
  });

  test("who reads notifications", async () => {
    const world = new ChatWorld();
    const [one, other] = [
      await world.join("notifications:all", "one"),
      await world.join("notifications:all", "other"),
    ];
    other.vanish();
    world.clock.advance(20_000);
    expect(toldTo(one)).toEqual([]);
  });
});

test("who came while a leaving user lingered alone is told of the leave", async () => {
  const world = new ChatWorld();
  (await world.join(room, "phone", { user: ann })).vanish();
  const watcher = await world.join(room, "watcher");
  expect((await watcher.ask("presence", { room })).payload.total).toBe(2);
  world.clock.advance(6000);
  expect(toldTo(watcher)).toEqual(["user_left ann"]);
  expect((await watcher.ask("presence", { room })).payload.total).toBe(1);
});

test("a room that everybody has left is forgotten after the grace", async () => {
  const world = new ChatWorld();
  (await world.join(room, "phone", { user: ann })).vanish();
  expect([world.hub.presence.total(room), world.hub.presence.has(room, "ann")]).toEqual([1, true]);
  world.clock.advance(6000);
  expect([world.hub.presence.total(room), world.hub.presence.has(room, "ann")]).toEqual([0, false]);
});

test("who comes and goes is shown by the newest name", async () => {
  const { world, watcher, join } = await watched();
  await world.join("room:b", "desk", { user: { ...ann, name: "Anna" }, issuedAt: 1000 });
  (await join("phone")).vanish();
  world.clock.advance(6000);
  expect(watcher.socket.framesOf(...comings).map(({ payload }) => payload.userName)).toEqual([
    "Anna",
    "Anna",
  ]);
});

test("names are JSON text, whatever is in them", async () => {
  const { watcher, join } = await watched();
  const user = { id: 'a"b', name: '"},\\"\u2028😀', image: null };
  await join("phone", user);
  expect(watcher.socket.framesOf("user_joined").map(({ payload }) => payload)).toEqual([
    { room, userId: user.id, userName: user.name, userImage: null },
  ]);
});

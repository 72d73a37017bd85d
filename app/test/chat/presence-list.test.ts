import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { guestIdentity, type Identity, type User } from "../../src/chat/identity.ts";
import { readPresence } from "../../src/chat/presence-list.ts";
import { ChatWorld } from "../support/chat-world.ts";

const room = "room:a";
const ann: User = { id: "ann", name: "Ann", image: "https://example.org/ann.png" };
const bob: User = { id: "bob", name: "Bob", image: null };
const author = { userId: "x", at: 0, instance: "i1" };

interface Listed {
  readonly userId: string;
  readonly userName: string;
  readonly userImage: string | null;
  readonly connections: number;
}

/** What a user is answered who has joined nothing. */
async function ask(world: ChatWorld, name = room, identity: Partial<Identity> = {}) {
  const reader = { ...guestIdentity({ id: "reader", name: "r", image: null }), ...identity };
  const answer = await readPresence(world.hub, reader, name);
  if (!answer.ok || !("json" in answer)) throw new Error("presence is answered with JSON text");
  return JSON.parse(answer.json) as { room: string; users: Listed[]; total: number };
}

const idsIn = ({ users }: { users: Listed[] }) => users.map(({ userId }) => userId);

describe("presence", () => {
  test("lists the users of a room, each once, to who has not joined it", async () => {
    const world = new ChatWorld();
    await world.join(room, "phone", { user: ann });
    await world.join(room, "desk", { user: ann });
    await world.join(room, "bob", { user: bob });
    await world.join("room:b", "elsewhere");
    const answer = await world.connect().ask("presence", { room });
    expect(answer.payload).toEqual({
      room,
      users: [
        { userId: "ann", userName: "Ann", userImage: "https://example.org/ann.png", connections: 2 },
        { userId: "bob", userName: "Bob", userImage: null, connections: 1 },
      ],
      total: 2,
    });
  });

  test("of a room in which nobody is", async () => {
    expect(await ask(new ChatWorld())).toEqual({ room, users: [], total: 0 });
  });

  test("counts only sockets in the room, and a handover's two as one", async () => {
    const world = new ChatWorld();
    for (let socket = 0; socket < 2; socket += 1) await world.join(room, "phone", { user: ann });
    await world.join("room:b", "desk", { user: ann });
    expect((await ask(world)).users[0]?.connections).toBe(1);
  });

  test("lists who lingers, with no connection, until the grace is over", async () => {
    const world = new ChatWorld();
    const phone = await world.join(room, "phone", { user: ann });
    await world.join(room, "bob", { user: bob });
    phone.vanish();
    const during = await ask(world);
    expect([idsIn(during), during.users[1]?.connections, during.total]).toEqual([["bob", "ann"], 0, 2]);
    world.clock.advance(6000);
    const after = await ask(world);
    expect([idsIn(after), after.total]).toEqual([["bob"], 1]);
  });

  test("lists 100 users and counts all", async () => {
    const world = new ChatWorld({ maxConnections: 0 });
    for (let index = 0; index < 103; index += 1) await world.join(room, `c${index}`);
    const { users, total } = await ask(world);
    expect([users.length, users.at(-1)?.userId, total]).toEqual([100, "user-c99", 103]);
  });

  test("lists fewer users where the answer would be larger than an answer may be", async () => {
    const world = new ChatWorld();
    const image = `https://example.org/${"漢".repeat(2020)}`;
    for (let index = 0; index < 90; index += 1)
      await world.join(room, `c${index}`, { user: { id: `u${index}`, name: "x", image } });
    const { json } = (await readPresence(world.hub, guestIdentity(ann), room)) as { json: string };
    const { users, total } = JSON.parse(json);
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(524_288);
    expect([users.length, total]).toEqual([85, 90]);
  });

  test("shows the newest name that a user's tokens give, wherever they gave it", async () => {
    const world = new ChatWorld();
    const phone = await world.join(room, "phone", { user: ann, issuedAt: 1000 });
    const desk = await world.join("room:b", "desk", { user: { ...ann, name: "Anna" }, issuedAt: 2000 });
    expect((await ask(world)).users[0]?.userName).toBe("Anna");
    phone.connection.identity = {
      ...phone.connection.identity,
      user: { ...ann, name: "Annie" },
      issuedAt: 3000,
    };
    expect((await ask(world)).users[0]?.userName).toBe("Annie");
    desk.vanish();
    phone.vanish();
    expect((await ask(world)).users[0]?.userName).toBe("Annie");
  });

  test.each([
    ["who blocks", "ann", "bob"],
    ["the blocked", "bob", "ann"],
  ])("leaves out, for %s, the other one, also while that one lingers", async (_, userId, otherId) => {
    const world = new ChatWorld();
    await world.engine.control({ kind: "block_added", userId, otherId }, author);
    await world.engine.control({ kind: "block_added", userId: "ann", otherId: "not-here" }, author);
    await world.join(room, "ann", { user: ann });
    await world.join(room, "cy");
    const other = await world.join(room, "bob", { user: bob });
    for (const leave of [() => {}, () => other.vanish()]) {
      leave();
      const seen = await ask(world, room, { user: ann });
      expect([idsIn(seen), seen.total]).toEqual([["ann", "user-cy"], 2]);
      expect((await ask(world)).total).toBe(3);
    }
  });
});

describe("presence is refused", () => {
  const refusals: [what: string, room: string, rights: Partial<Identity>][] = [
    ["of one's notifications", "notifications:me", {}],
    ["of everybody's notifications, even to an admin", "notifications:all", { isAdmin: true }],
    ["of a group to who may not join it", "group:a", { mayPublish: true }],
  ];
  test.each(refusals)("%s", async (_, name, rights) => {
    const answer = await readPresence(new ChatWorld().hub, { ...guestIdentity(bob), ...rights }, name);
    expect(answer).toMatchObject({ ok: false, code: "forbidden" });
  });

  test("by nobody to the members of a group and to admins", async () => {
    const world = new ChatWorld();
    await world.join("group:a", "ann", { user: ann, rooms: ["group:a"] });
    expect(idsIn(await ask(world, "group:a", { rooms: ["group:*"] }))).toEqual(["ann"]);
    expect(idsIn(await ask(world, "group:a", { isAdmin: true }))).toEqual(["ann"]);
  });

  test("while the engine does not answer for a group, as unavailable", async () => {
    const world = new ChatWorld();
    const client = world.connect();
    world.engine.failsWith = () => new EngineUnavailable("away");
    expect((await client.ask("presence", { room: "group:a" })).payload.code).toBe("unavailable");
  });
});

import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import type { Identity } from "../../src/chat/identity.ts";
import { listRooms } from "../../src/chat/list-rooms.ts";
import { addMember, removeMember } from "../../src/chat/membership.ts";
import { ChatWorld } from "../support/chat-world.ts";
import { admin, identityOf } from "../support/identities.ts";

const all = { after: null, limit: 100 };
const groups = async (world: ChatWorld, rights: Partial<Identity> = {}) => {
  const answer = await listRooms(world.hub, identityOf("alice", rights), all);
  return (answer as unknown as { payload: { rooms: string[] } }).payload.rooms;
};

describe("the groups of a user", () => {
  test("are those that they were added to, until removed", async () => {
    const world = new ChatWorld();
    for (const room of ["group:b", "group:a", "group:c"]) await addMember(world.hub, admin, room, "alice");
    await addMember(world.hub, admin, "group:d", "bob");
    await removeMember(world.hub, admin, "group:c", "alice");
    expect(await groups(world)).toEqual(["group:a", "group:b"]);
  });

  test("and those that their token names, unless a later removal beats it", async () => {
    const world = new ChatWorld();
    await removeMember(world.hub, admin, "group:left", "alice");
    await addMember(world.hub, admin, "group:added", "alice");
    const rooms = ["group:left", "group:added", "group:claimed", "group:*", "room:open", "group:no such"];
    expect(await groups(world, { rooms })).toEqual(["group:added", "group:claimed"]);
    const issuedAt = world.clock.now() + 1000;
    expect(await groups(world, { rooms, issuedAt })).toEqual(["group:added", "group:claimed", "group:left"]);
  });

  test("are right beyond the thousand that are looked at", async () => {
    const world = new ChatWorld();
    for (let index = 0; index < 1000; index += 1)
      await addMember(world.hub, admin, `group:a${String(index).padStart(4, "0")}`, "alice");
    await removeMember(world.hub, admin, "group:z1", "alice");
    await addMember(world.hub, admin, "group:z2", "alice");
    const rooms = await groups(world, { rooms: ["group:z1", "group:z2", "group:z3"] });
    expect(rooms.length).toBe(100);
    const last = await listRooms(
      world.hub,
      identityOf("alice", { rooms: ["group:z1", "group:z2", "group:z3"] }),
      {
        after: "group:a0998",
        limit: 100,
      },
    );
    expect(last).toMatchObject({ payload: { rooms: ["group:a0999", "group:z2", "group:z3"], next: null } });
  });
});

test("over REST there are besides the joined rooms of all the user's sockets, in pages", async () => {
  const world = new ChatWorld();
  const alice = identityOf("alice");
  await addMember(world.hub, admin, "group:a", "alice");
  await world.join("room:c", "phone", alice);
  await world.join("room:b", "laptop", alice);
  await world.join("group:a", "tablet", alice);
  await world.join("room:z", "other", identityOf("bob"));
  const page = (after: string | null, limit: number) => listRooms(world.hub, alice, { after, limit });
  expect(await page(null, 2)).toEqual({
    ok: true,
    payload: { rooms: ["group:a", "room:b"], next: "room:b" },
  });
  expect(await page("room:b", 1)).toEqual({ ok: true, payload: { rooms: ["room:c"], next: null } });
});

test("on a socket there are the session's joined rooms and the groups", async () => {
  const world = new ChatWorld();
  const alice = identityOf("alice", { rooms: ["group:claimed"] });
  await addMember(world.hub, admin, "group:a", "alice");
  await world.join("room:other", "laptop", alice);
  const client = await world.join("room:c", "phone", alice);
  const { payload } = await client.ask("rooms", {});
  expect((payload.rooms as string[]).toSorted()).toEqual(["group:a", "group:claimed", "room:c"]);
});

test("an engine that does not answer makes it unavailable", async () => {
  const world = new ChatWorld();
  const client = world.connect();
  world.engine.failsWith = () => new EngineUnavailable("down");
  expect((await client.ask("rooms", {})).payload.code).toBe("unavailable");
});

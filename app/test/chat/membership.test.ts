import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import type { Identity } from "../../src/chat/identity.ts";
import { addMember, listMembers, removeMember } from "../../src/chat/membership.ts";
import { ChatWorld, type Client, settle } from "../support/chat-world.ts";
import { admin, identityOf } from "../support/identities.ts";

const room = "group:club";
const bob = identityOf("bob");

/** Bob is a member, and his connections have joined. */
async function clubWith(...connectionIds: string[]) {
  const world = new ChatWorld();
  await addMember(world.hub, admin, room, "bob");
  const clients: Client[] = [];
  for (const id of connectionIds) clients.push(await world.join(room, id, bob));
  return { world, clients };
}

const remove = ({ hub }: ChatWorld) => removeMember(hub, admin, room, "bob");
const left = ({ socket }: Client) => socket.framesOf("room_left").map(({ payload }) => payload);
const seqs = ({ socket }: Client) => socket.framesOf("chat_message").map(({ payload }) => payload.seq);
const fill = ({ engine }: ChatWorld) => engine.announce(room, engine.fill(room, 1));

describe("deciding about members", () => {
  const refused: readonly [name: string, who: Identity, where: string, whom: string, code: string][] = [
    ["a user", bob, room, "bob", "forbidden"],
    ["a backend that is no admin", identityOf("b", { mayPublish: true }), room, "bob", "forbidden"],
    ["an open room", admin, "room:club", "bob", "bad_message"],
    ["notifications", admin, "notifications:all", "bob", "bad_message"],
    ["an empty user id", admin, room, "", "bad_message"],
    ["a user id with a control character", admin, room, "b\nob", "bad_message"],
    ["a lone surrogate", admin, room, "\ud800", "bad_message"],
  ];
  test.each(refused)("is refused: %s", async (_, who, where, whom, code) => {
    const { hub, engine } = new ChatWorld();
    for (const decide of [addMember, removeMember])
      expect(await decide(hub, who, where, whom)).toMatchObject({ ok: false, code });
    expect(engine.asked.control).toBe(0);
  });

  test("says what is so from now on", async () => {
    const { hub } = new ChatWorld();
    const answers = [await addMember(hub, admin, room, "bob"), await removeMember(hub, admin, room, "bob")];
    expect(answers).toEqual(
      [true, false].map((isMember) => ({ ok: true, payload: { room, userId: "bob", isMember } })),
    );
  });

  test("is answered unavailable while the engine is", async () => {
    const world = new ChatWorld();
    world.engine.failsWith = () => new EngineUnavailable("down");
    expect(await remove(world)).toMatchObject({ ok: false, code: "unavailable" });
  });
});

describe("a list of members", () => {
  test("comes in pages, to a member and to an admin", async () => {
    const { hub } = new ChatWorld();
    for (const userId of ["carol", "alice", "bob"]) await addMember(hub, admin, room, userId);
    for (const reader of [admin, bob, identityOf("eve", { rooms: [room] })]) {
      const first = await listMembers(hub, reader, room, { after: null, limit: 2 });
      expect(first).toMatchObject({ payload: { room, members: [{ userId: "alice" }, { userId: "bob" }] } });
      const { next } = (first as unknown as { payload: { next: string } }).payload;
      const last = await listMembers(hub, reader, room, { after: next, limit: 2 });
      expect(last).toMatchObject({ payload: { members: [{ userId: "carol" }], next: null } });
    }
  });

  test.each([
    [room, "forbidden"],
    ["room:club", "bad_message"],
  ])("of %s is refused to a stranger: %s", async (where, code) => {
    const { hub } = new ChatWorld();
    expect(await listMembers(hub, bob, where, { after: null, limit: 9 })).toMatchObject({ ok: false, code });
  });
});

describe("a member who is removed", () => {
  test("leaves on every socket, is told once on each, and hears nothing more of the group", async () => {
    const { world, clients } = await clubWith("phone", "laptop");
    const carol = await world.join(room, "c", identityOf("carol", { isAdmin: true }));
    fill(world);
    await remove(world);
    fill(world);
    for (const client of clients) {
      expect(left(client)).toEqual([{ room, reason: "removed" }]);
      expect(seqs(client)).toEqual([1]);
      expect(client.connection.rooms).toEqual([]);
    }
    expect([seqs(carol), left(carol)]).toEqual([[1, 2], []]);
  });

  test("stays in other rooms", async () => {
    const { world, clients } = await clubWith("phone");
    await clients[0]?.ask("join", { rooms: [{ room: "room:open" }] });
    await remove(world);
    expect(Array.from(clients[0]?.connection.rooms ?? [], (feed) => feed.room)).toEqual(["room:open"]);
  });

  test("may neither write nor join, until added again", async () => {
    const { world, clients } = await clubWith("phone");
    const client = clients[0] as Client;
    await remove(world);
    const write = await client.ask("send_message", { room, content: "still here" });
    expect(write.payload.code).toBe("not_joined");
    expect((await client.ask("join", { rooms: [{ room }] })).payload.rooms).toMatchObject([
      { code: "forbidden" },
    ]);
    await addMember(world.hub, admin, room, "bob");
    expect((await client.ask("join", { rooms: [{ room }] })).payload.rooms).toMatchObject([{ ok: true }]);
    fill(world);
    expect(seqs(client)).toEqual([1]);
  });

  test("gets the ack of what was stored before, though its place does not come", async () => {
    const { world, clients } = await clubWith("phone");
    const client = clients[0] as Client;
    world.engine.loses = ({ kind }) => kind === "chat_message";
    client.send("send_message", { room, content: "last words" }, "w");
    await settle();
    expect(client.socket.answerTo("w")).toBeUndefined();
    await remove(world);
    expect(client.socket.answerTo("w")).toMatchObject({ type: "message_response", payload: { seq: 1 } });
    expect(world.hub.feeds.get(room)).toBeUndefined();
  });

  const claims: readonly [string, Partial<Identity>, stays: boolean][] = [
    ["by a token of before", { rooms: [room], issuedAt: 1_699_999_999_000 }, false],
    ["by a token of the same second", { rooms: [room], issuedAt: 1_700_000_000_000 }, false],
    ["by a token without a time", { rooms: [room] }, false],
    ["by a token of afterwards", { rooms: [room], issuedAt: 1_700_000_001_000 }, true],
    ["as an admin", { isAdmin: true }, true],
  ];
  test.each(claims)("stays if let in %s: %p, %p", async (_, rights, stays) => {
    const world = new ChatWorld();
    const client = await world.join(room, "phone", { ...bob, ...rights });
    world.clock.advance(500);
    await remove(world);
    expect([client.connection.isJoined(room), left(client).length]).toEqual([stays, stays ? 0 : 1]);
  });

  test("whose removal the bus lost leaves when the next change shows the hole", async () => {
    const { world, clients } = await clubWith("phone");
    const author = { userId: "root", at: world.clock.now(), instance: "i2" };
    world.engine.loses = ({ kind }) => kind === "member_removed";
    await world.engine.control({ kind: "member_removed", room, userId: "bob" }, author);
    await settle();
    expect(clients.map(left)).toEqual([[]]);
    await world.engine.control({ kind: "user_disconnected", userId: "eve" }, author);
    await settle();
    fill(world);
    expect([clients.map(left), clients.map(seqs)]).toEqual([[[{ room, reason: "removed" }]], [[]]]);
  });

  test("on another instance leaves here", async () => {
    const { world, clients } = await clubWith("phone");
    const change = { kind: "member_removed", room, userId: "bob" } as const;
    await world.engine.control(change, { userId: "root", at: world.clock.now(), instance: "i2" });
    await settle();
    expect(clients.map(left)).toEqual([[{ room, reason: "removed" }]]);
  });
});

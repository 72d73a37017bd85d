import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import type { Identity } from "../../src/chat/identity.ts";
import { addMember, removeMember } from "../../src/chat/membership.ts";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";
import { admin, identityOf } from "../support/identities.ts";
import { KnownTokens } from "../support/known-tokens.ts";

const start = 1_700_000_000_000;
const expiresAt = start + 3_600_000;
const rooms = ["group:a", "group:b", "room:open", "notifications:me"];

/** Alice, who is let into her groups by a token, and the tokens that she may come with next. */
async function worldWith(rights: Partial<Identity> = { rooms: ["group:*"], issuedAt: start }) {
  const tokens = new KnownTokens();
  const world = new ChatWorld({}, tokens);
  const client = world.connect("phone", null, identityOf("alice", { expiresAt: start + 60_000, ...rights }));
  await client.ask("join", { rooms: rooms.map((room) => ({ room })) });
  const refresh = async (next: Partial<Identity>, userId = "alice") => {
    tokens.add("next", identityOf(userId, { expiresAt, issuedAt: start, ...next }));
    return await client.ask("refresh_token", { token: "next" });
  };
  return { world, tokens, client, refresh };
}

const joined = ({ connection }: Client) => rooms.filter((room) => connection.isJoined(room));
const left = ({ socket }: Client) => socket.framesOf("room_left").map(({ payload }) => payload);

test("a newer token of the same user is put in force, with the name that it says", async () => {
  const { client, refresh } = await worldWith();
  const user = { id: "alice", name: "Alice B.", image: "https://example.com/a.png" };
  expect((await refresh({ user, rooms: ["group:*"] })).payload).toEqual({ expiresAt });
  expect([client.connection.identity.expiresAt, client.connection.identity.user]).toEqual([expiresAt, user]);
  expect([joined(client), left(client)]).toEqual([rooms, []]);
});

test("the next socket of the session is greeted by the name that its own token says", async () => {
  const { world } = await worldWith();
  const user = { id: "alice", name: "Alice B.", image: null };
  const { socket, connection } = world.connect("phone", null, identityOf("alice", { user }));
  expect(socket.frames[0]).toMatchObject({
    type: "connection_established",
    payload: { userName: "Alice B." },
  });
  expect(connection.identity.user).toEqual(user);
});

describe("a token that is refused leaves the old one in force", () => {
  const refusals: readonly [name: string, next: Partial<Identity>, userId: string, code: string][] = [
    ["another user's", {}, "bob", "forbidden"],
    ["an admin's", { isAdmin: true }, "root", "forbidden"],
    ["one that has expired", { expiresAt: start }, "alice", "unauthorized"],
    ["one that expired within the skew", { expiresAt: start - 3000 }, "alice", "unauthorized"],
  ];
  test.each(refusals)("%s", async (_, next, userId, code) => {
    const { client, refresh } = await worldWith();
    const { identity } = client.connection;
    expect((await refresh(next, userId)).payload.code).toBe(code);
    expect([client.connection.identity, joined(client)]).toEqual([identity, rooms]);
  });

  test("one that is none, or cannot be checked now", async () => {
    const { client, tokens } = await worldWith();
    const { identity } = client.connection;
    expect((await client.ask("refresh_token", { token: "made-up" })).payload.code).toBe("unauthorized");
    tokens.isAvailable = false;
    expect((await client.ask("refresh_token", { token: "made-up" })).payload.code).toBe("unavailable");
    expect(client.connection.identity).toBe(identity);
  });

  test("one whose groups cannot be checked now", async () => {
    const { world, client, refresh } = await worldWith();
    const { identity } = client.connection;
    world.engine.failsWith = () => new EngineUnavailable("down");
    expect((await refresh({ rooms: [] })).payload.code).toBe("unavailable");
    expect([client.connection.identity, joined(client), world.hub.admissions.count]).toEqual([
      identity,
      rooms,
      0,
    ]);
  });

  test("any, where guests are", async () => {
    const client = new ChatWorld().connect();
    const { payload } = await client.ask("refresh_token", { token: "next" });
    expect(payload.code).toBe("unauthorized");
  });
});

describe("groups that the new token does not open", () => {
  test("are left at once, and nothing of them follows", async () => {
    const { world, client, refresh } = await worldWith();
    await refresh({ rooms: ["group:b"] });
    expect(joined(client)).toEqual(["group:b", "room:open", "notifications:me"]);
    expect(left(client)).toEqual([{ room: "group:a", reason: "forbidden" }]);
    world.engine.announce("group:a", world.engine.fill("group:a", 1));
    expect(client.socket.framesOf("chat_message")).toEqual([]);
  });

  test("stay where the user was added", async () => {
    const { world, client, refresh } = await worldWith();
    await addMember(world.hub, admin, "group:a", "alice");
    await refresh({ rooms: [] });
    expect(joined(client)).toEqual(["group:a", "room:open", "notifications:me"]);
  });

  test("are left by this socket alone", async () => {
    const { world, client, refresh } = await worldWith();
    const second = await world.join("group:a", "phone", identityOf("alice", { rooms: ["group:a"] }));
    await refresh({ rooms: [] });
    expect([joined(client), joined(second)]).toEqual([["room:open", "notifications:me"], ["group:a"]]);
  });

  test("are left also where the batch under way has yet to enter them", async () => {
    const { tokens, client } = await worldWith({ rooms: ["group:*"] });
    tokens.add("less", identityOf("alice", { expiresAt }));
    const commands = [
      { type: "leave", payload: { rooms: ["group:a"] } },
      { type: "join", payload: { rooms: [{ room: "group:a" }, { room: "room:new" }] } },
      { type: "refresh_token", payload: { token: "less" } },
      { type: "send_message", id: "w", payload: { room: "group:a", content: "too late" } },
    ];
    await client.ask("batch", { commands });
    expect(joined(client)).toEqual(["room:open", "notifications:me"]);
    expect([client.connection.isJoined("room:new"), client.socket.answerTo("w")?.payload.code]).toEqual([
      true,
      "not_joined",
    ]);
    expect(left(client)).toEqual([
      { room: "group:b", reason: "forbidden" },
      { room: "group:a", reason: "forbidden" },
    ]);
  });
});

describe("a removal while a token is checked", () => {
  test.each([
    ["an admin's old token", { isAdmin: true }, {}],
    ["an old token of afterwards", { rooms: ["group:*"], issuedAt: start + 60_000 }, { rooms: ["group:*"] }],
  ])("counts for the new one, though not for %s", async (_, before, next) => {
    const { world, client, refresh } = await worldWith(before);
    await addMember(world.hub, admin, "group:a", "alice");
    world.engine.pauseAnswers();
    const refreshed = refresh(next);
    await until(() => world.engine.waitingAnswers > 0);
    await removeMember(world.hub, admin, "group:a", "alice");
    expect(client.connection.isJoined("group:a")).toBe(true);
    world.engine.resumeAnswers();
    await refreshed;
    expect(client.connection.isJoined("group:a")).toBe(false);
    expect(left(client)).toContainEqual({ room: "group:a", reason: "removed" });
  });
});

test("what is answered comes after the rooms that were left, and the socket goes on", async () => {
  const { client, refresh } = await worldWith();
  await refresh({ rooms: [] });
  await settle();
  expect(client.socket.frames.slice(-3).map(({ type }) => type)).toEqual([
    "room_left",
    "room_left",
    "message_response",
  ]);
  expect((await client.ask("ping", {})).type).toBe("pong");
});

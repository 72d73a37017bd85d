import { describe, expect, test } from "bun:test";
import type { PublishResult } from "../../src/chat/engine.ts";
import { guestIdentity, type Identity } from "../../src/chat/identity.ts";
import { type NotificationRequest, sendNotification } from "../../src/chat/notifications.ts";
import { limits } from "../../src/protocol/limits.ts";
import { ChatWorld, settle, until } from "../support/chat-world.ts";

const own = "notifications:me";
const all = "notifications:all";

const identityOf = (rights: Partial<Identity>): Identity => ({
  ...guestIdentity({ id: "backend", name: "Backend", image: null }),
  ...rights,
});
const backend = identityOf({ mayPublish: true });

/** A world, and what sending a notification comes to in it. */
function start() {
  const world = new ChatWorld();
  const send = (request: Partial<NotificationRequest>, identity = backend) =>
    sendNotification(world.hub, identity, {
      payload: { text: "hi" },
      id: null,
      ...request,
    } as NotificationRequest);
  const sent = async (request: Partial<NotificationRequest>) => {
    const answer = await send(request);
    if (!answer.ok) throw new Error(answer.code);
    return answer;
  };
  const countOf = (log: string) => world.engine.logs.get(log)?.length ?? 0;
  return { world, send, sent, countOf };
}

describe("a notification", () => {
  test("reaches all sockets of its users who follow theirs, and nobody else", async () => {
    const { world, sent } = start();
    const [ann, second] = [await world.join(own, "ann"), await world.join(own, "ann")];
    const [ben, cleo] = [await world.join(own, "ben"), world.connect("cleo")];
    const answer = await sent({ userIds: ["user-ann", "user-cleo", "gone", "user-ann"] });
    await settle();
    const { id } = answer;
    expect(answer.users).toEqual([
      { userId: "user-ann", connections: 1 },
      { userId: "user-cleo", connections: 1 },
      { userId: "gone", connections: 0 },
    ]);
    const payload = { text: "hi" };
    for (const { socket } of [ann, second])
      expect(socket.framesOf("notification").map((frame) => frame.payload)).toEqual([
        { room: own, epoch: "E1", seq: 1, id, payload, createdAt: world.clock.now() },
      ]);
    for (const { socket } of [ben, cleo]) expect(socket.framesOf("notification")).toEqual([]);
  });

  test("to all reaches all who follow those", async () => {
    const { world, sent } = start();
    const [ann, ben] = [await world.join(all), await world.join(all)];
    const { users, id } = await sent({ broadcast: true });
    await settle();
    expect(users).toEqual([]);
    for (const { socket } of [ann, ben])
      expect(socket.framesOf("notification")[0]?.payload).toMatchObject({ room: all, seq: 1, id });
  });

  test("sent while its user was away comes on the next join, and in history", async () => {
    const { world, sent } = start();
    const ids = [await sent({ userIds: ["user-ann"], payload: 1 }), await sent({ userIds: ["user-ann"] })];
    const items = [
      { seq: 1, id: ids[0]?.id, payload: 1, createdAt: world.clock.now() },
      { seq: 2, id: ids[1]?.id, payload: { text: "hi" }, createdAt: world.clock.now() },
    ];
    const ann = world.connect("ann");
    const [reset] = (await ann.ask("join", { rooms: [{ room: own }] })).payload.rooms as object[];
    expect(reset).toMatchObject({ recovered: false, reason: "new", seq: 2, messages: items });
    const position = { room: own, epoch: "E1", seq: 1 };
    const [resumed] = (await ann.ask("join", { rooms: [position] })).payload.rooms as object[];
    const event = { type: "notification", payload: { ...position, ...items[1] } };
    expect(resumed).toMatchObject({ recovered: true, events: [event] });
    const { messages } = (await ann.ask("history", { room: own })).payload;
    expect(messages).toEqual(items);
  });

  test("that the bus loses comes all the same", async () => {
    const { world, sent } = start();
    const ann = await world.join(own, "ann");
    world.engine.loses = () => true;
    await sent({ userIds: ["user-ann"] });
    world.clock.advance(500);
    await until(() => ann.socket.framesOf("notification").length === 1);
  });

  test("goes out to a thousand users in two commits", async () => {
    const { world, sent } = start();
    world.engine.pauseCommits();
    const userIds = Array.from({ length: limits.notificationUsers }, (_, index) => `u${index}`);
    const answer = sent({ userIds });
    await settle();
    expect(world.engine.uncommitted.length).toBe(1);
    world.engine.commit();
    world.engine.pauseCommits();
    await settle();
    const ids = new Set(world.engine.uncommitted.map(({ messageId }) => messageId));
    expect([world.engine.uncommitted.length, ids.size]).toEqual([limits.notificationUsers - 1, 1]);
    world.engine.commit();
    expect((await answer).users.length).toBe(limits.notificationUsers);
  });
});

describe("a notification that is repeated", () => {
  test("is the same one, and nobody gets it twice", async () => {
    const { world, send, sent, countOf } = start();
    const request = { userIds: ["b", "a"], id: "n1" };
    const first = await sent(request);
    expect(await sent({ ...request, userIds: ["a", "b"] })).toMatchObject({ id: first.id, duplicate: true });
    expect([first.duplicate, countOf("notifications/a"), countOf("notifications/b")]).toEqual([false, 1, 1]);
    expect(await send({ ...request, payload: "other" })).toMatchObject({ code: "id_conflict" });
    expect(world.notifications).toEqual(["stored", "stored", "duplicate", "duplicate", "refused"]);
    expect(await sent({ broadcast: true, id: "n1" })).toMatchObject({ duplicate: false });
  });

  test("without an id is another one", async () => {
    const { sent, countOf } = start();
    const [one, other] = [await sent({ userIds: ["a"] }), await sent({ userIds: ["a"] })];
    expect([one.id === other.id, countOf("notifications/a")]).toEqual([false, 2]);
  });

  test("by another sender under the same id is another one", async () => {
    const { send, countOf } = start();
    const other = { ...backend, user: { ...backend.user, id: "other" } };
    for (const sender of [backend, other])
      expect(await send({ userIds: ["a"], id: "n1" }, sender)).toMatchObject({ duplicate: false });
    expect(countOf("notifications/a")).toBe(2);
  });

  const down: PublishResult = { ok: false, code: "unavailable" };
  test.each(["a", "b", "c"])("finishes what was unavailable for %s", async (unlucky) => {
    const { world, send, sent, countOf } = start();
    const request = { userIds: ["c", "b", "a"], id: "n1" };
    world.engine.refuses = ({ room }) => (room === `notifications/${unlucky}` ? down : null);
    expect(await send(request)).toMatchObject({ ok: false, code: "unavailable" });
    world.engine.refuses = () => null;
    const { id, duplicate } = await sent({ ...request, userIds: request.userIds.toReversed() });
    expect(duplicate).toBe(false);
    expect(["a", "b", "c"].map((name) => countOf(`notifications/${name}`))).toEqual([1, 1, 1]);
    const stored = ["a", "b", "c"].map((name) => world.engine.logs.get(`notifications/${name}`)?.[0]);
    expect(new Set(stored.map((event) => event?.messageId))).toEqual(new Set([id]));
  });
});

test("what may not have reached some is unavailable, also where others have something else under its id", async () => {
  const { world, send } = start();
  await send({ userIds: ["b"], id: "n1", payload: "other" });
  world.engine.refuses = ({ room }) =>
    room === "notifications/c" ? { ok: false, code: "unavailable" } : null;
  expect(await send({ userIds: ["a", "b", "c"], id: "n1" })).toMatchObject({ code: "unavailable" });
  expect(world.notifications.slice(1)).toEqual(["stored", "refused", "unavailable"]);
});

const users = (count: number) => Array.from({ length: count }, (_, index) => `u${index}`);
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

describe("a notification is refused", () => {
  const refusals: [what: string, request: Partial<NotificationRequest>, code: string][] = [
    ["to nobody", { userIds: [] }, "bad_message"],
    ["to 1,001 users", { userIds: users(1001) }, "too_large"],
    ["to an impossible user", { userIds: ["a", "b\n"] }, "bad_message"],
    ["to a user of half a character", { userIds: ["\ud800"] }, "bad_message"],
    ["of nothing", { payload: undefined }, "bad_message"],
    ["of half a character", { payload: { a: ["\ud800"] } }, "bad_message"],
    ["nested too deeply", { payload: deep(65) }, "bad_message"],
    ["of 8,193 bytes", { payload: `${"é".repeat(4095)}x` }, "too_large"],
    ["under an overlong id", { id: "x".repeat(65) }, "bad_message"],
  ];
  test.each(refusals)("%s", async (_, request, code) => {
    const { world, send } = start();
    expect(await send({ userIds: ["a"], ...request })).toMatchObject({ ok: false, code });
    expect([world.notifications, world.engine.logs.size]).toEqual([["refused"], 0]);
  });

  const allowed: [what: string, request: Partial<NotificationRequest>][] = [
    ["to 1,000 users, some of them named twice", { userIds: [...users(1000), ...users(9)] }],
    ["nested deeply", { payload: deep(64) }],
    ["of 8,192 bytes", { payload: "é".repeat(4095) }],
    ["of null", { payload: null }],
  ];
  test.each(allowed)("but not %s", async (_, request) => {
    expect(await start().send({ userIds: ["a"], ...request })).toMatchObject({ ok: true });
  });

  test.each([{}, { isAdmin: true }])("from who is only %j", async (rights) => {
    const { send } = start();
    expect(await send({ userIds: ["a"] }, identityOf(rights))).toMatchObject({ code: "forbidden" });
  });

  const writes = ["send_message", "message_edit", "message_delete", "reaction"];
  test.each(writes)("as %s on a socket, joined or not", async (type) => {
    const { world } = start();
    const messageId = Bun.randomUUIDv7();
    const payload = { room: own, messageId, content: "x", emoji: "x", action: "add" };
    const clients = [world.connect("ann"), await world.join(own, "ben")];
    for (const client of clients) expect((await client.ask(type, payload)).payload.code).toBe("forbidden");
  });
});

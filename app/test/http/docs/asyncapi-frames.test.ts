import { afterEach, describe, expect, test } from "bun:test";
import { keep, sendAway } from "../../../src/chat/goodbye.ts";
import { eventAt } from "../../support/event-at.ts";
import { eventually } from "../../support/eventually.ts";
import { ProtocolDocument } from "../../support/protocol-document.ts";
import { ProtocolWitness } from "../../support/protocol-witness.ts";
import { signToken } from "../../support/tokens.ts";
import { WitnessedWorld } from "../../support/witnessed-world.ts";
import type { RoomAnswer, WsClient } from "../../support/ws-client.ts";

/** Real conversations on real sockets, each frame of which has to be as the document says, and no more. */

const room = "room:a";
const group = "group:team";
const missing = "019a3c5e-7d2f-7abc-8def-0123456789ab";

const witness = new ProtocolWitness(ProtocolDocument.sealed());
const start = () => WitnessedWorld.start(witness);

afterEach(() => {
  expect(witness.problems.splice(0)).toEqual([]);
});

async function send(client: WsClient, content: string, meta?: object): Promise<string> {
  const { payload } = await client.ask("send_message", { room, content, meta });
  return String(payload.messageId);
}

/** The code that a command is refused with. */
const refusal = async (client: WsClient, type: string, payload: object, id?: string) =>
  (await client.ask(type, payload, id)).payload.code;

test("a conversation", async () => {
  await using world = await start();
  const [ann, ben] = [await world.join(room, "ann"), await world.join(room, "ben")];
  await ann.event("user_joined");
  const messageId = await send(ann, "Hello", { replyTo: missing });
  for (const action of ["add", "remove", "add", "add"])
    await ben.ask("reaction", { room, messageId, emoji: "👍", action });
  await ann.ask("message_edit", { room, messageId, content: "Hello, all" });
  await ann.ask("typing", { room, isTyping: true });
  for (const type of ["chat_message", "message_edit", "typing"]) await ben.event(type);
  await ann.event("reaction");
  expect((await ben.ask("history", { room })).payload.messages).toHaveLength(1);
  expect((await ben.ask("history", { room, before: 1, limit: 1 })).payload.messages).toEqual([]);
  await ann.ask("message_delete", { room, messageId });
  await ben.event("message_delete");
  expect((await ben.ask("presence", { room })).payload.total).toBe(2);
  expect((await ben.ask("rooms", {})).payload.rooms).toEqual([room]);
  await ben.ask("message", { content: [1, { a: null }] });
  await ben.ask("refresh_token", { token: await signToken({ sub: "ben", name: "Ben" }) });
  expect((await ben.ask("ping", {})).type).toBe("pong");
  await ben.ask("leave", { rooms: [room] });
});

test("commands without an id", async () => {
  await using world = await start();
  const ann = await world.join(room, "ann");
  for (const type of ["rooms", "ping"]) ann.send({ type });
  ann.send({ type: "send_message", payload: { room, content: "x" } });
  ann.send({ type: "history", payload: { room: group } });
  await ann.event("error");
  expect(ann.frames.slice(-4).map(({ type }) => type)).toEqual([
    "message_response",
    "pong",
    "message_response",
    "error",
  ]);
});

test("refusals", async () => {
  await using world = await start();
  const [ann, ben] = [await world.join(room, "ann"), await world.join(room, "ben")];
  const messageId = await send(ann, "Hello");
  const changes: [type: string, fields: object][] = [
    ["message_edit", { messageId, content: "x" }],
    ["message_delete", { messageId }],
    ["reaction", { messageId, emoji: "x", action: "add" }],
    ["send_message", { content: "x" }],
  ];
  for (const [type, fields] of changes)
    expect(await refusal(ben, type, { room: "room:b", ...fields })).toBe("not_joined");
  for (const [type, fields] of changes.slice(0, 2))
    expect(await refusal(ben, type, { room, ...fields })).toBe("forbidden");
  expect(await refusal(ben, "message_delete", { room, messageId: missing })).toBe("not_found");
  await ben.ask("send_message", { room, content: "x" }, "once");
  expect(await refusal(ben, "send_message", { room, content: "y" }, "once")).toBe("id_conflict");
  expect(await refusal(ben, "typing", { room: "room:b", isTyping: true })).toBe("not_joined");
  for (const type of ["history", "presence"])
    expect(await refusal(ben, type, { room: group })).toBe("forbidden");
  expect(await refusal(ben, "refresh_token", { token: "none" })).toBe("unauthorized");
  expect(await refusal(ben, "refresh_token", { token: await signToken({ sub: "ann" }) })).toBe("forbidden");
  expect(await refusal(ben, "join", { rooms: [{ room, seq: 1 }] })).toBe("bad_message");
  expect(await ben.join(group)).toMatchObject({ ok: false, code: "forbidden" });
});

test("a repeated write, and one whose outcome is unknown", async () => {
  await using world = await start();
  const ann = await world.join(room, "ann");
  const say = () => ann.ask("send_message", { room, content: "x" }, "once");
  await say();
  expect((await say()).payload.duplicate).toBe(true);
  world.engine.refuses = () => ({ ok: false, code: "unavailable" });
  expect(await refusal(ann, "send_message", { room, content: "x" })).toBe("unavailable");
  world.engine.failsWith = (operation) => (operation === "history" ? new Error("broken") : null);
  expect(await refusal(ann, "history", { room })).toBe("internal");
});

test("too many commands", async () => {
  await using world = await start();
  const ann = await world.join(room, "ann");
  world.engine.pauseCommits();
  for (let id = 1; id <= 33; id += 1)
    ann.send({ type: "send_message", id: `w${id}`, payload: { room, content: "x" } });
  expect((await ann.event("error")).payload.code).toBe("too_many_in_flight");
  world.engine.commit();
  for (let id = 1; id <= 60; id += 1) ann.send({ type: "ping", id: `p${id}` });
  await ann.until("a refusal", () => ann.frames.find(({ payload }) => payload.code === "rate_limited"));
});

test("a batch of commands", async () => {
  await using world = await start();
  const ann = await world.join(room, "ann");
  const commands = [
    { type: "join", payload: { rooms: [{ room: "room:b" }] } },
    { type: "send_message", id: "inner", payload: { room: "room:b", content: "x" } },
    { type: "send_message", id: "refused", payload: { room: "room:c", content: "x" } },
    { type: "send_message", payload: { room: "room:b", content: "x" } },
    { type: "history", payload: { room: "room:b" } },
    { type: "ping" },
    { type: "presence", payload: { room: group } },
  ];
  const { payload } = await ann.ask("batch", { commands });
  const results = (payload.results as { ok: boolean }[]).map(({ ok }) => (ok ? "ok" : "no"));
  expect(results.join(" ")).toBe("ok ok no no ok ok no");
  for (const id of ["inner", "refused"])
    await ann.until(id, () => ann.frames.find((frame) => frame.id === id));
});

test("a resume: events, a deleted one, more than one answer holds", async () => {
  await using world = await start();
  const [ann, ben] = [await world.join(room, "ann"), await world.join(room, "ben")];
  const { epoch, seq } = await ben.join(room);
  await ben.ask("leave", { rooms: [room] });
  const messageId = await send(ann, "Hello");
  await ann.ask("reaction", { room, messageId, emoji: "👍", action: "add" });
  await ann.ask("message_delete", { room, messageId });
  const back = await ben.join(room, { epoch, seq });
  expect(back.events.map(({ type }) => type)).toEqual(["skipped", "reaction", "message_delete"]);
  await ben.ask("leave", { rooms: [room] });
  world.engine.announce(room, world.engine.fill(room, 301));
  expect(await ben.join(room, { epoch: back.epoch, seq: back.seq })).toMatchObject({ more: true });
  expect(await ben.join(room, { epoch: "other", seq: 3 })).toMatchObject({ reason: "epoch" });
  expect(await ben.join(room, { epoch: back.epoch, seq: 3, replayMax: 1 })).toMatchObject({
    reason: "too_far",
  });
});

test("events that go out together, and one that may not be seen", async () => {
  await using world = await start();
  const [ann, ben] = [await world.join(room, "ann"), await world.join(room, "ben")];
  world.engine.pauseCommits();
  const sent = ["x", "y"].map((content) => send(ann, content));
  await eventually("both writes", () => world.engine.uncommitted.length === 2);
  world.engine.commit();
  await Promise.all(sent);
  await ben.until("both", () => ben.messages(room)[1]);
  expect(witness.seen).toContain("batchEvent");
  await world.rest("PUT", "/users/ben/blocks/ann");
  await send(ann, "z");
  await ben.event("skipped");
});

test("notifications", async () => {
  await using world = await start();
  const rooms = [{ room: "notifications:me" }, { room: "notifications:all" }];
  const ann = await world.connect("ann");
  const { payload } = await ann.ask("join", { rooms });
  await world.rest("POST", "/notifications", { userIds: ["ann"], payload: { title: "Ready" } });
  await world.rest("POST", "/notifications", { broadcast: true, payload: null });
  await ann.until("both", () => ann.frames.filter(({ type }) => type === "notification")[1]);
  await ann.ask("history", rooms[0]);
  await ann.ask("join", { rooms });
  const positions = (payload.rooms as RoomAnswer[]).map(({ room, epoch, seq }) => ({ room, epoch, seq }));
  await ann.ask("join", { rooms: positions });
});

describe("what the server tells of", () => {
  test("who comes and goes", async () => {
    await using world = await start();
    const [ann, ben] = [await world.join(room, "ann"), await world.join(room, "ben")];
    await ben.close();
    await eventually("one connection", () => world.hub.connectionCount === 1);
    for (let second = 0; second < 7; second += 1) world.clock.advance(1000);
    expect((await ann.event("user_left")).payload.userId).toBe("ben");
    for (const sub of ["ben", "cat"]) await world.join(room, sub);
    expect((await ann.event("presence_changed")).payload.total).toBe(3);
  });

  test("a membership that ends", async () => {
    await using world = await start();
    await world.rest("PUT", `/rooms/${group}/members/ann`);
    const ann = await world.join(group, "ann");
    await world.rest("DELETE", `/rooms/${group}/members/ann`);
    expect((await ann.event("room_left")).payload.reason).toBe("removed");
  });

  test("a log that began again", async () => {
    await using world = await start();
    const ann = await world.join(room, "ann");
    world.engine.replaysAs = () => ({ recovered: false, reason: "epoch", epoch: "E2", seq: 0 });
    world.engine.announce(room, [eventAt(7)]);
    expect((await ann.event("resync")).payload.epoch).toBe("E2");
  });

  test("the time, and that a token is about to expire", async () => {
    await using world = await start();
    const ann = await world.connect("ann", { exp: Math.floor(Date.now() / 1000) + 45 });
    world.clock.advance(30_000);
    await ann.event("heartbeat");
    expect((await ann.event("error")).payload.code).toBe("token_expired");
  });

  test("the end of a connection", async () => {
    await using world = await start();
    const ann = await world.connect("ann");
    await world.connect("ann");
    expect((await ann.event("goodbye")).payload.reason).toBe("replaced");
    const ben = await world.connect("ben");
    for (const connection of world.hub.people.connectionsOf("ben")) {
      sendAway(connection, 1000);
      keep(connection);
    }
    await ben.event("stay");
    await world.rest("PUT", "/users/ben/disconnect");
    await ben.until("disconnected", () =>
      ben.frames.find(({ payload }) => payload.reason === "disconnected"),
    );
  });
});

test("everything that the document describes occurred", () => {
  const messages = Object.keys(witness.document.messages);
  expect(messages.filter((message) => !witness.seen.has(message))).toEqual([]);
});

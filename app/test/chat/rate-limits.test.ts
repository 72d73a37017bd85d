import { describe, expect, test } from "bun:test";
import { refuseRate } from "../../src/protocol/errors.ts";
import { limits } from "../../src/protocol/limits.ts";
import { ChatWorld, type Client, settle } from "../support/chat-world.ts";

const room = "room:a";
const messageId = "0190a000-0000-7000-8000-000000000000";

/** The codes that a client was answered with, `ok` for what was not refused. */
const codes = ({ socket }: Client) =>
  socket.frames.flatMap(({ id, payload }) => (id === undefined ? [] : [payload.code ?? "ok"]));

/** Three messages per minute. */
function limitedWorld() {
  const world = new ChatWorld({ messagesPerMinute: 3 });
  const say = (client: Client, count = 1) => {
    for (let index = 1; index <= count; index += 1) client.send("message", { content: "x" }, `m${index}`);
  };
  return { world, say };
}

const refused = (retryAfterMs: number) => ({
  code: "rate_limited",
  message: "Too many commands: slow down.",
  retryable: true,
  retryAfterMs,
});

describe("messages per minute", () => {
  test("are refused past the limit, with the time until the next one", () => {
    const { world, say } = limitedWorld();
    const client = world.connect();
    say(client, 4);
    expect(codes(client)).toEqual(["ok", "ok", "ok", "rate_limited"]);
    expect(client.socket.frames.at(-1)).toEqual({ type: "error", id: "m4", payload: refused(20_000) });
    world.clock.advance(20_000);
    say(client, 2);
    expect(codes(client).slice(4)).toEqual(["ok", "rate_limited"]);
    expect(world.limited).toEqual(["messages", "messages"]);
  });

  test.each([
    ["message", { content: "x" }],
    ["send_message", { room, content: "x" }],
    ["message_edit", { room, messageId, content: "x" }],
    ["message_delete", { room, messageId }],
    ["reaction", { room, messageId, emoji: "👍", action: "add" }],
  ])("count %s", async (type, payload) => {
    const { world } = limitedWorld();
    const client = await world.join(room);
    for (let index = 1; index <= 3; index += 1) client.send("message", { content: "x" });
    client.send(type, payload, "w");
    expect(client.socket.answerTo("w")?.payload).toEqual(refused(20_000));
    await settle();
    expect(world.engine.logs.get(room)).toBeUndefined();
  });

  test("are those of a user over all their sockets, and nobody else's", () => {
    const { world, say } = limitedWorld();
    const [phone, laptop, other] = [world.connect("a"), world.connect("a"), world.connect("b")];
    say(phone, 2);
    say(laptop, 2);
    say(other);
    expect([phone, laptop, other].map(codes)).toEqual([["ok", "ok"], ["ok", "rate_limited"], ["ok"]]);
  });

  test("do not touch other commands, nor those them", () => {
    const { world, say } = limitedWorld();
    const client = world.connect();
    say(client, 4);
    for (let count = 1; count <= limits.commandsPerSecond; count += 1) client.send("ping", {}, "p");
    expect(codes(client).slice(4)).toEqual(new Array(50).fill("ok"));
  });

  test("do not count what is no message after all", () => {
    const { world, say } = limitedWorld();
    const client = world.connect();
    for (let count = 1; count <= 5; count += 1) client.send("message", {});
    say(client, 3);
    expect(codes(client)).toEqual(["ok", "ok", "ok"]);
  });

  test.each([{ isAdmin: true }, { mayPublish: true }])("do not bind a backend: %p", (rights) => {
    const { world, say } = limitedWorld();
    const backend = world.connect("b", null, rights);
    say(backend, 500);
    expect(new Set(codes(backend))).toEqual(new Set(["ok"]));
    expect(backend.socket.frames[0]?.payload.limits).toMatchObject({ messagesPerMinute: 0 });
  });

  test("are without a limit at 0", () => {
    const client = new ChatWorld({ messagesPerMinute: 0 }).connect();
    limitedWorld().say(client, 500);
    expect(new Set(codes(client))).toEqual(new Set(["ok"]));
  });
});

describe("commands per second", () => {
  const floods: [what: string, send: (client: Client, id: string) => void][] = [
    ["readable", (client, id) => client.send("ping", {}, id)],
    ["of no known type", (client, id) => client.send("fly", {}, id)],
    ["with a broken payload", (client, id) => client.send("send_message", {}, id)],
    ["empty batches", (client, id) => client.send("batch", { commands: [] }, id)],
  ];
  test.each(floods)("are refused past 50, and one is taken 20 ms later: %s", async (_, send) => {
    const world = new ChatWorld();
    const client = world.connect();
    for (let count = 1; count <= 50; count += 1) {
      send(client, `c${count}`);
      await settle();
    }
    expect(codes(client)).not.toContain("rate_limited");
    for (const id of ["late", "later"]) send(client, id);
    expect(client.socket.answerTo("late")?.payload).toEqual(refused(100));
    world.clock.advance(20);
    for (const id of ["first", "second"]) send(client, id);
    await settle();
    expect(client.socket.answerTo("first")?.payload.code).not.toBe("rate_limited");
    expect(client.socket.answerTo("second")?.payload.code).toBe("rate_limited");
    expect(world.limited).toEqual(["commands", "commands", "commands"]);
  });

  const unreadable: [what: string, send: (client: Client) => void][] = [
    ["broken text", (client) => client.sendText("{")],
    ["binary", (client) => client.connection.received(Buffer.alloc(1))],
  ];
  test.each(unreadable)("count %s as well", (_, send) => {
    const client = new ChatWorld().connect();
    for (let count = 1; count <= 45; count += 1) client.send("ping", {});
    for (let count = 1; count <= 6; count += 1) send(client);
    const errors = client.socket.framesOf("error").map(({ payload }) => payload.code);
    expect(errors).toEqual([...new Array(5).fill("bad_message"), "rate_limited"]);
  });

  test("are each connection's own", () => {
    const world = new ChatWorld();
    const [first, second] = [world.connect("a"), world.connect("a")];
    for (const client of [first, second])
      for (let count = 1; count <= 50; count += 1) client.send("ping", {}, "p");
    expect([...codes(first), ...codes(second)]).toEqual(new Array(100).fill("ok"));
  });
});

describe("a refusal for the rate", () => {
  test("keeps its place among the answers", async () => {
    const { world } = limitedWorld();
    const client = await world.join(room);
    world.engine.pauseAnswers();
    client.send("history", { room }, "h");
    for (const id of ["m1", "m2", "m3", "m4"]) client.send("message", { content: "x" }, id);
    client.send("ping", {}, "p");
    world.engine.resumeAnswers();
    await settle();
    const answers = client.socket.frames.flatMap(({ id }) => (id?.startsWith("ask") ? [] : (id ?? [])));
    expect(answers).toEqual(["h", "m1", "m2", "m3", "m4", "p"]);
    expect(client.socket.answerTo("m4")?.payload.code).toBe("rate_limited");
  });

  test("is charged on arrival: waiting in the queue earns nothing", async () => {
    const { world } = limitedWorld();
    const client = await world.join(room);
    world.engine.pauseAnswers();
    client.send("history", { room }, "h");
    for (const id of ["m1", "m2", "m3", "m4"]) client.send("message", { content: "x" }, id);
    world.clock.pause(60_000);
    world.engine.resumeAnswers();
    await settle();
    expect(client.socket.answerTo("m4")?.payload).toEqual(refused(20_000));
  });

  test("leaves what could not be taken at all out of the count", () => {
    const { world } = limitedWorld();
    const client = world.connect();
    client.socket.buffered = 70_000;
    for (let count = 1; count <= 32; count += 1) client.send("ping", {});
    for (let count = 1; count <= 5; count += 1) client.send("message", { content: "x" });
    client.socket.buffered = 0;
    client.connection.drained();
    for (const id of ["m1", "m2", "m3", "m4"]) client.send("message", { content: "x" }, id);
    expect(codes(client)).toEqual(["ok", "ok", "ok", "rate_limited"]);
  });
});

describe("over REST", () => {
  const user = { id: "user-a", name: "a", image: null };
  const identity = { user, rooms: [], isAdmin: false, mayPublish: false, issuedAt: 0, expiresAt: null };

  test("a message counts with those of the user's sockets", () => {
    const { world, say } = limitedWorld();
    const client = world.connect("a");
    say(client, 2);
    expect(world.hub.rateLimits.refuseMessage(identity)).toBeNull();
    expect(world.hub.rateLimits.refuseMessage(identity)).toEqual(refuseRate(20_000));
    say(client);
    expect(codes(client)).toEqual(["ok", "ok", "rate_limited"]);
  });

  test("everything else counts per user, 50 per second", () => {
    const { hub, clock, limited } = new ChatWorld();
    const refusals = (who = identity) => Array.from({ length: 51 }, () => hub.rateLimits.refuseRequest(who));
    const [first, other] = [refusals(), refusals({ ...identity, user: { ...user, id: "b" } })];
    for (const all of [first, other]) {
      expect(all.slice(0, 50)).toEqual(new Array(50).fill(null));
      expect(all[50]).toEqual(refuseRate(100));
    }
    clock.advance(20);
    expect(hub.rateLimits.refuseRequest(identity)).toBeNull();
    expect(limited).toEqual(["reads", "reads"]);
  });
});

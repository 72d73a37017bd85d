import { describe, expect, test } from "bun:test";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";

const room = "room:a";

async function pausedWorld(payloadBytesMax = 1_048_576) {
  const world = new ChatWorld({ payloadBytesMax });
  const client = await world.join(room);
  world.engine.pauseAnswers();
  client.send("history", { room }, "h1");
  return { world, engine: world.engine, client };
}

const refusedIds = ({ socket }: Client) =>
  socket.framesOf("error").flatMap(({ id, payload }) => (payload.code === "too_many_in_flight" ? [id] : []));

describe("what waits is bounded", () => {
  test("by 32 commands; more are refused with their ids, and the others answered", async () => {
    const { engine, client } = await pausedWorld();
    for (let index = 2; index <= 34; index += 1) client.send("ping", {}, `p${index}`);
    expect(refusedIds(client)).toEqual(["p33", "p34"]);
    expect(client.socket.framesOf("error")[0]?.payload.retryable).toBe(true);
    engine.resumeAnswers();
    await until(() => client.socket.answerTo("p32"));
    expect(client.socket.framesOf("pong").length).toBe(31);
    client.send("ping", {}, "later");
    expect(client.socket.answerTo("later")?.type).toBe("pong");
  });

  test("by 32 writes under way as well", async () => {
    const world = new ChatWorld();
    const client = await world.join(room);
    world.engine.pauseCommits();
    for (let index = 1; index <= 33; index += 1)
      client.send("send_message", { room, content: "x" }, `w${index}`);
    expect(refusedIds(client)).toEqual(["w33"]);
    expect(world.engine.uncommitted.length).toBe(32);
    world.engine.commit();
    await settle();
    await client.ask("send_message", { room, content: "x" });
  });

  test("by MAX_PAYLOAD_BYTES of text", async () => {
    const { engine, client } = await pausedWorld(2000);
    const content = "x".repeat(880);
    for (const id of ["m1", "m2", "m3"]) client.send("message", { content }, id);
    expect(refusedIds(client)).toEqual(["m3"]);
    engine.resumeAnswers();
    await until(() => client.socket.answerTo("m2"));
    engine.pauseAnswers();
    client.send("history", { room }, "h2");
    for (const id of ["m4", "m5"]) client.send("message", { content }, id);
    expect(refusedIds(client)).toEqual(["m3"]);
  });

  test("but one command alone is always taken, however long", async () => {
    const world = new ChatWorld({ payloadBytesMax: 100 });
    const client = world.connect();
    client.send("message", { content: "x".repeat(1000) }, "m1");
    expect(client.socket.answerTo("m1")?.type).toBe("message_response");
  });

  test("and what was refused or unreadable leaves no trace in the allowance", async () => {
    const world = new ChatWorld({ payloadBytesMax: 1000 });
    const client = await world.join(room);
    for (let round = 0; round < 8; round += 1) client.sendText("{".repeat(900));
    for (let round = 0; round < 20; round += 1) client.send("fly", { x: "x".repeat(900) }, "f");
    expect(refusedIds(client)).toEqual([]);
  });
});

describe("a client that does not read", () => {
  test("is answered only while less than 64 KiB is unsent, and goes on when it has read", async () => {
    const world = new ChatWorld();
    const client = await world.join(room);
    client.socket.buffered = 65_535;
    client.send("ping", {}, "p1");
    client.socket.buffered = 65_536;
    client.send("ping", {}, "p2");
    client.send("send_message", { room, content: "x" }, "w1");
    await settle();
    expect(client.socket.answerTo("p1")).toBeDefined();
    expect([client.socket.answerTo("p2"), world.engine.logs.get(room)]).toEqual([undefined, undefined]);
    client.socket.buffered = 0;
    client.connection.drained();
    await until(() => client.socket.answerTo("w1"));
    expect(client.socket.answerTo("p2")).toBeDefined();
  });

  test("may still send 32 commands, which then wait", () => {
    const client = new ChatWorld().connect();
    client.socket.buffered = 70_000;
    for (let index = 1; index <= 33; index += 1) client.send("ping", {}, `p${index}`);
    expect(refusedIds(client)).toEqual(["p33"]);
  });
});

describe("frames that are no commands", () => {
  const unreadable = ["{", "[]", '{"id":"x"}', '{"type":"ping","id":""}'];
  test.each(unreadable)("ten of %s in a row end the connection, after a goodbye", (text) => {
    const { sendText, socket } = new ChatWorld().connect();
    for (let count = 1; count <= 9; count += 1) sendText(text);
    expect(socket.closedWith).toBeNull();
    sendText(text);
    expect(socket.framesOf("error").length).toBe(10);
    expect(socket.frames.at(-1)).toEqual({
      type: "goodbye",
      payload: { reason: "protocol_violation", closesInMs: 0, reconnect: false },
    });
    expect(socket.closedWith).toEqual({ code: 4503, reason: "protocol_violation" });
  });

  test("one command in between starts the count again", () => {
    const { sendText, send, socket } = new ChatWorld().connect();
    for (let count = 1; count <= 40; count += 1) {
      if (count % 9 === 0) send("ping", {});
      sendText("{");
    }
    expect(socket.closedWith).toBeNull();
  });

  test("a refused command is not one of them", () => {
    const { send, socket } = new ChatWorld().connect();
    for (let count = 1; count <= 30; count += 1) send("fly", {}, "x");
    expect(socket.closedWith).toBeNull();
  });

  test("binary ones are refused, and end the connection just so", () => {
    const { connection, socket } = new ChatWorld().connect();
    connection.received(Buffer.from('{"type":"ping"}'));
    expect(socket.frames.at(-1)).toMatchObject({ type: "error", payload: { code: "bad_message" } });
    expect(socket.framesOf("pong")).toEqual([]);
    for (let count = 2; count <= 10; count += 1) connection.received(Buffer.alloc(0));
    expect(socket.closedWith?.code).toBe(4503);
  });

  test("a missing type is answered with the id that came with it", () => {
    const { sendText, socket } = new ChatWorld().connect();
    sendText('{"id":"x"}');
    expect(socket.answerTo("x")?.payload.code).toBe("bad_message");
  });

  test("what comes after the close is not looked at", () => {
    const world = new ChatWorld();
    const { connection, send, socket } = world.connect();
    connection.close("flooding");
    const count = socket.texts.length;
    send("ping", {}, "late");
    connection.received(Buffer.alloc(1));
    expect([socket.texts.length, world.errors]).toEqual([count, []]);
  });
});

import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";

const room = "room:a";

/** What answered, in order: the id, or the code of an error without one. */
function answers({ socket }: Client): unknown[] {
  const frames = socket
    .framesOf("message_response", "pong", "error")
    .filter(({ id }) => !id?.startsWith("ask-"));
  return frames.map(({ id, payload }) => id ?? payload.code ?? "answered");
}

const write = (client: Client, id: string, to = room) =>
  client.send("send_message", { room: to, content: "x" }, id);

async function joinedWorld() {
  const world = new ChatWorld();
  const client = await world.join(room);
  await client.ask("join", { rooms: [{ room: "room:b" }] });
  return { world, engine: world.engine, client };
}

describe("commands are answered in the order in which they came", () => {
  test("whatever they wait for", async () => {
    const { engine, client } = await joinedWorld();
    engine.pauseCommits();
    engine.pauseAnswers();
    client.send("message", { content: 1 }, "echo");
    write(client, "w1");
    client.send("ping", {}, "p1");
    client.sendText("{");
    client.send("history", { room }, "h1");
    client.send("fly", {}, "unknown");
    write(client, "w2");
    client.send("history", { room: "group:x" }, "forbidden");
    client.send("ping", {}, "p2");
    await settle();
    expect(answers(client)).toEqual(["echo"]);
    engine.commit();
    await until(() => engine.waitingAnswers > 0);
    expect(answers(client)).toEqual(["echo", "w1", "p1", "bad_message"]);
    engine.pauseCommits();
    engine.resumeAnswers();
    await until(() => engine.uncommitted.length > 0);
    expect(answers(client).slice(4)).toEqual(["h1", "unknown"]);
    engine.commit();
    await settle();
    expect(answers(client).slice(6)).toEqual(["w2", "forbidden", "p2"]);
  });

  test("a command without id gets an answer without one", async () => {
    const { client } = await joinedWorld();
    for (const [type, payload] of [
      ["ping", {}],
      ["message", { content: 1 }],
      ["send_message", { room, content: "x" }],
      ["history", { room: "group:x" }],
      ["fly", {}],
    ] as const)
      client.send(type, payload);
    await settle();
    const frames = client.socket.frames.slice(-5);
    expect(frames.map(({ type }) => type)).toEqual([
      "pong",
      "message_response",
      "message_response",
      "error",
      "error",
    ]);
    expect(frames.map(({ id }) => id)).toEqual(new Array(5).fill(undefined));
  });

  test("a write to a room that is not joined is refused after the writes before it", async () => {
    const { engine, client } = await joinedWorld();
    engine.pauseCommits();
    write(client, "w1");
    write(client, "w2", "room:other");
    await settle();
    expect(answers(client)).toEqual([]);
    engine.commit();
    await settle();
    expect(answers(client)).toEqual(["w1", "w2"]);
    expect(client.socket.answerTo("w2")?.payload.code).toBe("not_joined");
  });
});

test("what follows a join in the same moment finds the room joined", async () => {
  const client = new ChatWorld().connect();
  client.send("join", { rooms: [{ room }] }, "j");
  write(client, "w1");
  client.send("leave", { rooms: [room] }, "l");
  write(client, "w2");
  await until(() => client.socket.answerTo("w2"));
  const types = ["j", "w1", "l", "w2"].map((id) => client.socket.answerTo(id)?.type);
  expect(types).toEqual(["message_response", "message_response", "message_response", "error"]);
});

describe("writes that follow each other", () => {
  test("to one room share a commit", async () => {
    const { engine, client } = await joinedWorld();
    engine.pauseCommits();
    for (const id of ["w1", "w2", "w3"]) write(client, id);
    expect(engine.uncommitted.map(({ commandId }) => commandId)).toEqual(["w1", "w2", "w3"]);
    engine.commit();
    await settle();
    expect(answers(client)).toEqual(["w1", "w2", "w3"]);
  });

  test("to two rooms come one after the other", async () => {
    const { engine, client } = await joinedWorld();
    engine.pauseCommits();
    write(client, "a1");
    write(client, "b1", "room:b");
    write(client, "a2");
    for (const id of ["a1", "b1", "a2"]) {
      await until(() => engine.uncommitted.length > 0);
      expect(engine.uncommitted.map(({ commandId }) => commandId)).toEqual([id]);
      engine.commit();
      engine.pauseCommits();
    }
    await settle();
    expect(answers(client)).toEqual(["a1", "b1", "a2"]);
  });
});

describe("a fault of ours is answered, logged and over", () => {
  const faults: [error: Error, code: string][] = [
    [new EngineUnavailable("down"), "unavailable"],
    [new TypeError("a bug, with /path/to/source.ts"), "internal"],
  ];
  test.each(faults)("%s", async (error, code) => {
    const { engine, client } = await joinedWorld();
    engine.failsWith = () => error;
    client.send("history", { room }, "h1");
    client.send("ping", {}, "p1");
    await until(() => client.socket.answerTo("p1"));
    expect(answers(client)).toEqual(["h1", "p1"]);
    expect(client.socket.answerTo("h1")?.payload).toMatchObject({ code, retryable: true });
    expect(client.socket.texts.join("")).not.toContain(error.message);
  });
});

describe("what is counted", () => {
  test("a refused write is an error, a repeated one a repetition, and both an answer", async () => {
    const { world, engine, client } = await joinedWorld();
    engine.refuses = ({ commandId }) => {
      if (commandId === "again") return { ...duplicate };
      return commandId === "bad" ? { ok: false, code: "id_conflict" } : null;
    };
    for (const id of ["w1", "again", "bad"]) write(client, id);
    await settle();
    expect(world.errors).toEqual(["id_conflict"]);
    expect(world.dedupeHits).toBe(1);
  });
});

const duplicate = {
  ok: true,
  epoch: "E1",
  seq: 1,
  messageId: "earlier",
  createdAt: 1,
  duplicate: true,
} as const;

import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";

const room = "room:a";
type Result = {
  ok: boolean;
  code?: string;
  retryable?: boolean;
  payload?: Readonly<Record<string, unknown>>;
};

async function batch(client: Client, ...commands: unknown[]): Promise<Result[]> {
  const { payload } = await client.ask("batch", { commands });
  return payload.results as Result[];
}

const command = (type: string, payload: unknown = {}, id?: string) => ({ type, id, payload });
const write = (id: string, to = room) => command("send_message", { room: to, content: id }, id);

/** The ids or seqs of what came, in order, `answer` for the batch's own answer. */
function story({ socket }: Client): unknown[] {
  const isAnswer = (id: string | undefined) => id?.startsWith("ask-") === true;
  return socket.framesOf("message_response", "error", "chat_message", "pong").map(({ id, payload }) => {
    return isAnswer(id) ? "answer" : (id ?? payload.seq);
  });
}

describe("a batch", () => {
  test("has one result for each command, in order, whatever they take", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 3);
    const results = await batch(
      world.connect(),
      command("ping"),
      command("history", { room, limit: 1 }),
      command("message", { content: "hi" }),
      command("history", { room: "group:g" }),
      command("rooms"),
    );
    expect(results).toMatchObject([
      { ok: true, payload: { timestamp: world.clock.now() } },
      { ok: true, payload: { seq: 3, messages: [{ seq: 3 }] } },
      { ok: true, payload: { content: "hi", count: 1 } },
      { ok: false, code: "forbidden", retryable: false },
      { ok: true, payload: { rooms: [] } },
    ]);
  });

  test("answers inner commands in its results only, even those with an id", async () => {
    const client = new ChatWorld().connect();
    await batch(client, command("ping", {}, "p"), command("fly", {}, "f"), command("history", { room }, "h"));
    expect(story(client)).toEqual(["answer"]);
  });

  const refused: [what: string, command: unknown, code: string][] = [
    ["a batch", command("batch", { commands: [command("ping")] }), "bad_message"],
    ["a write without id", command("send_message", { room, content: "x" }), "bad_message"],
    ["a write to a room that is not joined", write("w"), "not_joined"],
    [
      "a write that is too long",
      command("send_message", { room, content: "x".repeat(8001) }, "w"),
      "too_large",
    ],
    ["an unknown type", command("fly"), "unknown_type"],
    ["what is forbidden", command("presence", { room: "notifications:me" }), "forbidden"],
    ["no object", 7, "bad_message"],
    ["nothing", null, "bad_message"],
    ["a broken payload", command("history", { room: "lobby" }), "bad_message"],
    ["a bad id", { type: "ping", id: "" }, "bad_message"],
  ];
  test.each(refused)("refuses %s inside it, counts that once, and goes on", async (_, inner, code) => {
    const world = new ChatWorld();
    const [first, second] = await batch(world.connect(), inner, command("ping"));
    expect(world.errors).toEqual([code]);
    expect(first).toEqual({ ok: false, code, message: expect.any(String), retryable: false } as Result);
    expect(second?.ok).toBe(true);
  });

  test("is one command: what comes after it waits, and 50 inner ones are no flood", async () => {
    const world = new ChatWorld();
    const client = world.connect();
    world.engine.pauseAnswers();
    const commands = [command("history", { room }), ...new Array(49).fill(command("ping"))];
    client.send("batch", { commands }, "b");
    client.send("ping", {}, "after");
    await settle();
    expect(story(client)).toEqual([]);
    world.engine.resumeAnswers();
    await until(() => client.socket.answerTo("after"));
    expect(story(client)).toEqual(["b", "after"]);
  });

  const faults: [error: Error, code: string][] = [
    [new EngineUnavailable("down"), "unavailable"],
    [new TypeError("a bug"), "internal"],
  ];
  test.each(faults)("survives %s inside it", async (error, code) => {
    const world = new ChatWorld();
    world.engine.failsWith = () => error;
    const results = await batch(world.connect(), command("history", { room }), command("ping"));
    expect(results).toMatchObject([{ ok: false, code, retryable: true }, { ok: true }]);
  });
});

describe("an inner write", () => {
  test("has its id as result, and its own frame at its place in the room's order", async () => {
    const world = new ChatWorld();
    const [ann, ben] = [await world.join(room), await world.join(room)];
    world.engine.pauseCommits();
    ben.send("send_message", { room, content: "b" }, "b1");
    ann.send("batch", { commands: [write("w1"), command("ping"), write("w2")] }, "ask-batch");
    await settle();
    world.engine.commit();
    const answer = await until(() => ann.socket.answerTo("ask-batch"));
    await settle();
    expect(answer.payload.results as Result[]).toMatchObject([
      { ok: true, payload: { id: "w1" } },
      { ok: true, payload: { timestamp: world.clock.now() } },
      { ok: true, payload: { id: "w2" } },
    ]);
    const own = ann.socket.frames.filter(({ id }) => id === "w1" || id === "w2");
    expect(own.map(({ id, payload }) => [id, payload.seq])).toEqual([
      ["w1", 2],
      ["w2", 3],
    ]);
    expect(story(ben)).toEqual(["answer", "b1", 2, 3]);
  });

  const refusals: [what: string, inner: unknown, code: string][] = [
    ["to a room that is not joined", write("w"), "not_joined"],
    ["that is too long", command("send_message", { room, content: "x".repeat(8001) }, "w"), "too_large"],
  ];
  test.each(refusals)("%s is refused in its own frame, too", async (_, inner, code) => {
    const client = new ChatWorld().connect();
    const results = await batch(client, inner);
    expect(results).toMatchObject([{ ok: false, code }]);
    expect(client.socket.answerTo("w")).toMatchObject({ type: "error", payload: { code } });
    expect(story(client)).toEqual(["w", "answer"]);
  });

  test("that the engine refuses is answered in its own frame", async () => {
    const world = new ChatWorld();
    const client = await world.join(room);
    world.engine.refuses = () => ({ ok: false, code: "id_conflict" });
    expect(await batch(client, write("w"))).toMatchObject([{ ok: true, payload: { id: "w" } }]);
    const frame = await until(() => client.socket.answerTo("w"));
    expect(frame).toMatchObject({ type: "error", payload: { code: "id_conflict" } });
  });

  test("is stored before what follows it in the batch is read", async () => {
    const world = new ChatWorld();
    const client = await world.join(room);
    const results = await batch(client, write("w1"), command("history", { room }));
    expect(results[1]?.payload).toMatchObject({ seq: 1, messages: [{ clientId: "w1" }] });
  });
});

describe("the answer of a batch", () => {
  const history = (limit = 50) => command("history", { room, limit });

  test("holds at most 512 KiB: a page gets smaller, what does not fit at all is too_large", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 70, "x".repeat(8000));
    const client = world.connect();
    const results = await batch(client, history(), history(), history(), command("ping"));
    expect(Buffer.byteLength(client.socket.texts.at(-1) ?? "")).toBeLessThanOrEqual(524_288);
    expect(results.map(({ code }) => code)).toEqual([undefined, undefined, "too_large", undefined]);
    expect(results.map(({ payload }) => payload?.hasMore)).toEqual([true, true, undefined, undefined]);
  });

  test("has place for 50 results of every kind beside a full page", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 100, "x".repeat(8000));
    const client = await world.join("room:b");
    const longId = (index: number) => `${"\u0001".repeat(60)}${index}`;
    const writes = Array.from({ length: 24 }, (_, index) => write(longId(index), "room:b"));
    const refusals = new Array(25).fill(command("message_delete", { room, messageId: "x" }));
    const results = await batch(client, history(100), ...writes, ...refusals);
    expect(results.map(({ ok }) => ok)).toEqual([...new Array(25).fill(true), ...new Array(25).fill(false)]);
    const answer = client.socket.texts.find((text) => text.includes('"results"')) ?? "";
    expect(Buffer.byteLength(answer)).toBeLessThanOrEqual(524_288);
  });

  test("refuses an echo that does not fit any more", async () => {
    const client = new ChatWorld().connect();
    const results = await batch(
      client,
      command("message", { content: "x".repeat(600_000) }),
      command("ping"),
    );
    expect(results).toMatchObject([{ ok: false, code: "too_large" }, { ok: true }]);
  });
});

import { describe, expect, test } from "bun:test";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";

const room = "room:a";
type Result = { ok: boolean; code?: string; payload?: Readonly<Record<string, unknown>> };

async function batch(client: Client, ...commands: unknown[]): Promise<Result[]> {
  const { payload } = await client.ask("batch", { commands });
  return payload.results as Result[];
}

const command = (type: string, payload: unknown = {}, id?: string) => ({ type, id, payload });
const write = (id: string, to = room) => command("send_message", { room: to, content: id }, id);
const join = (...names: string[]) => command("join", { rooms: names.map((name) => ({ room: name })) });
const leave = (...rooms: string[]) => command("leave", { rooms });

/** The ids or seqs of what came, in order, `answer` for the batch's own answer. */
function story({ socket }: Client): unknown[] {
  const frames = socket.framesOf("message_response", "error", "chat_message");
  return frames.map(({ id, payload }) => (id?.startsWith("ask-") === true ? "answer" : (id ?? payload.seq)));
}

/** Stores an event of another instance, said on the bus. */
const storeOne = (world: ChatWorld, name = room) => world.engine.announce(name, world.engine.fill(name, 1));

describe("a batch that joins and writes", () => {
  test("gets its answer first, then acks and events in the room's order", async () => {
    const world = new ChatWorld();
    const other = await world.join(room);
    const client = world.connect();
    world.engine.pauseCommits();
    client.send(
      "batch",
      { commands: [join(room), write("w1"), write("w2"), command("history", { room })] },
      "ask-b",
    );
    await until(() => world.engine.uncommitted.length === 2);
    other.send("send_message", { room, content: "o" }, "o1");
    world.engine.commit();
    await until(() => client.socket.answerTo("w2"));
    await settle();
    storeOne(world);
    expect(story(client)).toEqual(["answer", "w1", "w2", 3, 4]);
    const results = client.socket.answerTo("ask-b")?.payload.results as Result[];
    expect(results.map(({ payload }) => payload)).toMatchObject([
      { rooms: [{ ok: true, seq: 0 }] },
      { id: "w1" },
      { id: "w2" },
      { seq: 3 },
    ]);
  });

  test("misses nothing of what others store in between, in any of its rooms", async () => {
    const world = new ChatWorld();
    const client = world.connect();
    await world.hub.blocks.load(client.connection.identity.user.id);
    world.engine.pauseAnswers();
    client.send(
      "batch",
      { commands: [join(room, "room:b"), command("history", { room }), join("room:c")] },
      "ask-b",
    );
    for (const readsSoFar of [2, 3, 4]) {
      await until(() => world.engine.asked.history === readsSoFar);
      for (const name of [room, "room:b", "room:c"]) storeOne(world, name);
      world.engine.resumeAnswers();
      world.engine.pauseAnswers();
    }
    const answer = await until(() => client.socket.answerTo("ask-b"));
    const rows = (answer.payload.results as Result[]).flatMap(
      ({ payload }) => (payload?.rooms ?? []) as { room: string; seq: number }[],
    );
    const seqsOf = (name: string) =>
      client.socket
        .framesOf("chat_message")
        .flatMap(({ payload }) => (payload.room === name ? [payload.seq] : []));
    for (const { room: name, seq } of rows) {
      expect([name, seqsOf(name)]).toEqual([name, [1, 2, 3].slice(seq)]);
    }
    expect(rows.map(({ seq }) => seq)).toEqual([0, 0, 2]);
  });

  test("counts what it is about to join towards the limit, each room once", async () => {
    const world = new ChatWorld({ roomsPerConnection: 2 });
    const client = await world.join(room);
    const results = await batch(client, join(room), join("room:b"), join("room:c"));
    const rows = results.flatMap(({ payload }) => payload?.rooms as Result[]);
    expect(rows.map(({ ok, code }) => code ?? ok)).toEqual([true, true, "room_limit"]);
  });

  test("has joined for as long as it does not leave", async () => {
    const world = new ChatWorld();
    const client = world.connect();
    await batch(client, join(room));
    await client.ask("leave", { rooms: [room] });
    expect(client.connection.isJoined(room)).toBe(false);
  });

  test("lists what it is about to join", async () => {
    const world = new ChatWorld();
    const results = await batch(world.connect(), join(room), command("rooms"), leave(room), command("rooms"));
    expect(results.map(({ payload }) => payload?.rooms)).toMatchObject([[{ room }], [room], [room], []]);
  });

  test("whose join does not fit into the answer has not joined", async () => {
    const world = new ChatWorld();
    world.engine.fill("room:long", 100, "x".repeat(8000));
    const names = Array.from({ length: 100 }, (_, index) => `room:${index}-${"x".repeat(50)}`);
    const client = world.connect();
    const page = command("history", { room: "room:long", limit: 100 });
    const results = await batch(client, page, join(...names), write("w", names[0]));
    expect(results).toMatchObject([{ ok: true }, { ok: false, code: "too_large" }, { code: "not_joined" }]);
    expect([client.connection.roomCount, world.hub.feeds.count]).toEqual([0, 0]);
  });

  test("of a client that vanished meanwhile leaves nothing behind", async () => {
    const world = new ChatWorld();
    const client = world.connect();
    client.send("batch", { commands: [join(room), command("history", { room })] }, "b");
    world.engine.pauseAnswers();
    await until(() => world.engine.waitingAnswers > 0);
    client.vanish();
    world.engine.resumeAnswers();
    await settle();
    expect(world.hub.feeds.count).toBe(0);
  });
});

describe("a batch that leaves", () => {
  test("what it joined before is not in that room", async () => {
    const world = new ChatWorld();
    const client = world.connect();
    const results = await batch(client, join(room, "room:b"), leave(room), write("w"));
    expect(results.map(({ ok, code }) => code ?? ok)).toEqual([true, true, "not_joined"]);
    storeOne(world);
    storeOne(world, "room:b");
    expect(client.socket.framesOf("chat_message").map(({ payload }) => payload.room)).toEqual(["room:b"]);
    expect(world.hub.feeds.count).toBe(1);
  });

  test("and joins again is in the room", async () => {
    const world = new ChatWorld();
    const client = await world.join(room);
    await batch(client, leave(room), join(room));
    storeOne(world);
    expect(story(client)).toEqual(["answer", "answer", 1]);
  });

  test("and joins twice gets each event once", async () => {
    const world = new ChatWorld();
    const client = world.connect();
    await world.hub.blocks.load(client.connection.identity.user.id);
    world.engine.pauseAnswers();
    client.send("batch", { commands: [join(room), join(room), command("history", { room })] }, "ask-b");
    for (const readsSoFar of [1, 2, 3]) {
      await until(() => world.engine.asked.history === readsSoFar);
      storeOne(world);
      world.engine.resumeAnswers();
      world.engine.pauseAnswers();
    }
    await until(() => client.socket.answerTo("ask-b"));
    expect(story(client)).toEqual(["answer", 2, 3]);
  });

  const departures: [what: string, isJoinedBefore: boolean][] = [
    ["a room that it was in", true],
    ["a room that it joined", false],
  ];
  test.each(departures)("%s after a write there gets the ack after the answer", async (_, isJoinedBefore) => {
    const world = new ChatWorld();
    const client = world.connect();
    if (isJoinedBefore) await client.ask("join", { rooms: [{ room }] });
    world.engine.pauseBus();
    await batch(client, ...(isJoinedBefore ? [] : [join(room)]), write("w1"), leave(room));
    world.engine.resumeBus();
    await client.ask("ping", {});
    expect(story(client).slice(isJoinedBefore ? 1 : 0)).toEqual(["answer", "w1"]);
    expect(client.socket.answerTo("w1")?.payload).toMatchObject({ seq: 1, duplicate: false });
  });

  test("a room by joining it at an old position, after a write there, gets the ack all the same", async () => {
    const world = new ChatWorld();
    const client = await world.join(room);
    world.engine.announce(room, world.engine.fill(room, 301));
    const position = command("join", { rooms: [{ room, epoch: "E1", seq: 0 }] });
    world.engine.pauseBus();
    await batch(client, position, write("w1"));
    await client.ask("ping", {});
    expect(client.socket.answerTo("w1")?.payload).toMatchObject({ seq: 302 });
    expect(client.connection.isJoined(room)).toBe(false);
  });
});

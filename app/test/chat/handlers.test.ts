import { describe, expect, test } from "bun:test";
import { ChatWorld } from "../support/chat-world.ts";

const room = "room:a";

describe("message", () => {
  const contents: [what: string, json: string][] = [
    ["text", '"hi"'],
    ["nothing", "null"],
    ["a tree", '{"a":[1,{"b":false}],"é":"😀"}'],
    ["keys that JavaScript knows", '{"__proto__":{"x":1},"constructor":2,"toString":3}'],
  ];
  test.each(contents)("echoes %s unchanged, with the count", async (_, json) => {
    const { sendText, socket } = new ChatWorld().connect();
    sendText(`{"type":"message","id":"m","payload":{"content":${json}}}`);
    expect(socket.texts.at(-1)).toBe(
      `{"type":"message_response","id":"m","payload":{"content":${json},"count":1}}`,
    );
  });

  test("counts for the session, sent messages too, over all of its sockets", async () => {
    const world = new ChatWorld();
    const first = world.connect("session");
    const second = world.connect("session");
    const other = world.connect("other");
    await first.ask("join", { rooms: [{ room }] });
    expect((await first.ask("message", { content: 1 })).payload.count).toBe(1);
    await first.ask("send_message", { room, content: "x" });
    await first.ask("send_message", { room: "room:not-joined", content: "x" });
    expect((await second.ask("message", { content: 1 })).payload.count).toBe(3);
    expect((await other.ask("message", { content: 1 })).payload.count).toBe(1);
  });

  test("that would grow by more than 64 KiB when written again is refused and not counted", async () => {
    const { connection, socket } = new ChatWorld({ payloadBytesMax: 20_000 }).connect();
    const grown = (count: number) => `[${new Array(count).fill("1e20").join(",")}]`;
    const echo = (id: string, count: number) =>
      connection.received(`{"type":"message","id":"${id}","payload":{"content":${grown(count)}}}`);
    echo("fits", 3800);
    echo("grows", 3900);
    echo("next", 1);
    expect(socket.answerTo("fits")?.type).toBe("message_response");
    expect(socket.answerTo("grows")?.payload.code).toBe("too_large");
    expect(socket.answerTo("next")?.payload.count).toBe(2);
  });
});

test("ping is answered with the time and its own id", async () => {
  const world = new ChatWorld();
  const answer = await world.connect().ask("ping", {});
  expect(answer).toMatchObject({ type: "pong", payload: { timestamp: world.clock.now() } });
});

describe("leave", () => {
  test("ends the events of these rooms, and names them in its answer", async () => {
    const world = new ChatWorld();
    const client = world.connect();
    await client.ask("join", { rooms: [{ room }, { room: "room:b" }] });
    const { payload } = await client.ask("leave", { rooms: [room, "room:never"] });
    expect(payload).toEqual({ rooms: [room, "room:never"] });
    for (const name of [room, "room:b"]) world.engine.announce(name, world.engine.fill(name, 1));
    expect(client.socket.framesOf("chat_message").map(({ payload }) => payload.room)).toEqual(["room:b"]);
    expect((await client.ask("send_message", { room, content: "x" })).payload.code).toBe("not_joined");
  });

  test("of one socket leaves the session's other one in the room", async () => {
    const world = new ChatWorld();
    const [older, newer] = [world.connect("session"), world.connect("session")];
    for (const client of [older, newer]) await client.ask("join", { rooms: [{ room }] });
    await older.ask("leave", { rooms: [room] });
    world.engine.announce(room, world.engine.fill(room, 1));
    expect(older.socket.framesOf("chat_message")).toEqual([]);
    expect(newer.socket.framesOf("chat_message").length).toBe(1);
  });
});

describe("rooms", () => {
  test("are those of the session, each once, whichever socket joined them", async () => {
    const world = new ChatWorld();
    const [older, newer] = [world.connect("session"), world.connect("session")];
    await older.ask("join", { rooms: [{ room }, { room: "room:b" }] });
    await newer.ask("join", { rooms: [{ room }, { room: "room:c" }] });
    await world.connect("other").ask("join", { rooms: [{ room: "room:d" }] });
    const { rooms } = (await newer.ask("rooms", {})).payload as { rooms: string[] };
    expect(rooms.toSorted()).toEqual([room, "room:b", "room:c"]);
  });

  test("are none before any join", async () => {
    expect((await new ChatWorld().connect().ask("rooms", {})).payload).toEqual({ rooms: [] });
  });
});

import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";
import type { Frame } from "../support/recording-sockets.ts";

const room = "room:a";
type Row = Readonly<Record<string, unknown>>;

const rowsOf = ({ payload }: Frame): Row[] => payload.rooms as Row[];
const join = async (client: Client, ...rooms: object[]): Promise<Row[]> =>
  rowsOf(await client.ask("join", { rooms }));

const names = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `room:${from + index}`);
const seqsOf = ({ socket }: Client) => socket.framesOf("chat_message").map(({ payload }) => payload.seq);

describe("a first join", () => {
  test("of a room without a log says so and writes nothing", async () => {
    const world = new ChatWorld();
    expect(await join(world.connect(), { room })).toEqual([
      { room, ok: true, epoch: "", seq: 0, recovered: false, reason: "new", messages: [], hasMore: false },
    ]);
    expect(world.engine.logs.size).toBe(0);
  });

  test("shows the newest 50 messages, oldest first, as history does", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 51);
    const client = world.connect();
    const [row = {}] = await join(client, { room });
    expect(row).toMatchObject({ epoch: "E1", seq: 51, recovered: false, reason: "new", hasMore: true });
    const { payload: page } = await client.ask("history", { room });
    const messages = row.messages as Row[];
    expect(messages).toEqual(page.messages as Row[]);
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, index) => index + 2));
  });

  test("of 100 rooms at once makes each of them live", async () => {
    const world = new ChatWorld();
    const client = world.connect();
    const rows = await join(client, ...names(100).map((name) => ({ room: name })));
    expect(rows.map((row) => [row.room, row.ok])).toEqual(names(100).map((name) => [name, true]));
    for (const name of names(100)) world.engine.announce(name, world.engine.fill(name, 1));
    expect(client.socket.framesOf("chat_message").map(({ payload }) => payload.room)).toEqual(names(100));
    expect(world.resumed).toEqual(new Array(100).fill("new new"));
  });
});

describe("rooms that are refused", () => {
  test("do not keep the others from being joined", async () => {
    const world = new ChatWorld();
    const rows = await join(world.connect(), { room: "group:g" }, { room }, { room: "group:h" });
    expect(rows.map(({ ok, code }) => [ok, code])).toEqual([
      [false, "forbidden"],
      [true, undefined],
      [false, "forbidden"],
    ]);
    expect(rows[0]).toEqual({
      room: "group:g",
      ok: false,
      code: "forbidden",
      message: "You may not join group:g.",
    });
    expect(world.resumed.toSorted()).toEqual(["new new", "refused forbidden", "refused forbidden"]);
    expect(world.hub.feeds.count).toBe(1);
  });

  test("are those beyond the limit per connection, and only those", async () => {
    const world = new ChatWorld({ roomsPerConnection: 3 });
    const client = world.connect();
    const codes = async (...rooms: string[]) =>
      (await join(client, ...rooms.map((name) => ({ room: name })))).map(({ ok, code }) => code ?? ok);
    expect(await codes("room:1", "room:2")).toEqual([true, true]);
    expect(await codes("room:1", "group:g", "room:3", "room:4", "room:2")).toEqual([
      true,
      "forbidden",
      true,
      "room_limit",
      true,
    ]);
    await client.ask("leave", { rooms: ["room:1"] });
    expect(await codes("room:4", "room:1")).toEqual([true, "room_limit"]);
    expect(world.hub.feeds.count).toBe(3);
  });

  test("are none where the limit is off", async () => {
    const world = new ChatWorld({ roomsPerConnection: 0 });
    const client = world.connect();
    await join(client, ...names(100).map((name) => ({ room: name })));
    const rows = await join(client, ...names(100, 100).map((name) => ({ room: name })));
    expect(rows.every(({ ok }) => ok === true)).toBe(true);
  });

  const positions: object[] = [{ epoch: "E1" }, { seq: 1 }];
  test.each(positions)(
    "a position without its other half refuses the whole command: %j",
    async (position) => {
      const world = new ChatWorld();
      const answer = await world
        .connect()
        .ask("join", { rooms: [{ room: "room:b" }, { room, ...position }] });
      expect(answer).toMatchObject({ type: "error", payload: { code: "bad_message" } });
      expect(world.hub.feeds.count).toBe(0);
    },
  );
});

describe("an engine that cannot open a room", () => {
  test.each(["subscribe", "head", "replay", "history"] as const)(
    "when it fails to %s, refuses that room only, keeps nothing, and the next join works",
    async (failing) => {
      const world = new ChatWorld();
      world.engine.fill(room, 1);
      world.engine.failsWith = (operation, name) =>
        operation === failing && name === room ? new EngineUnavailable("down") : null;
      const client = world.connect();
      const position = failing === "replay" ? { epoch: "", seq: 0 } : {};
      const rows = await join(client, { room, ...position }, { room: "room:b" });
      expect(rows.map(({ ok, code }) => code ?? ok)).toEqual(["unavailable", true]);
      expect([world.hub.feeds.count, world.followedLogs]).toEqual([1, ["room:b"]]);

      world.engine.failsWith = () => null;
      expect(await join(client, { room })).toMatchObject([{ ok: true }]);
      world.engine.announce(room, world.engine.fill(room, 1));
      expect(seqsOf(client)).toEqual([2]);
    },
  );

  test("refuses everybody who waits for it", async () => {
    const world = new ChatWorld();
    world.engine.failsWith = () => new EngineUnavailable("down");
    const clients = [world.connect(), world.connect()];
    const answers = await Promise.all(clients.map((client) => join(client, { room })));
    expect(answers).toMatchObject([[{ code: "unavailable" }], [{ code: "unavailable" }]]);
    expect(world.hub.feeds.count).toBe(0);
  });

  test("that never brings what it says it has is given up after 5 s", async () => {
    const world = new ChatWorld();
    await world.join(room);
    world.engine.fill(room, 3);
    world.engine.replaysAs = () => ({ recovered: true, epoch: "", seq: 0, events: [], isComplete: true });
    const joiner = world.connect();
    joiner.send("join", { rooms: [{ room }] }, "j");
    await settle();
    world.clock.advance(4999);
    await settle();
    expect(joiner.socket.answerTo("j")).toBeUndefined();
    world.clock.advance(1);
    const answer = await until(() => joiner.socket.answerTo("j"));
    expect(rowsOf(answer)).toMatchObject([{ ok: false, code: "unavailable" }]);
  });
});

describe("joining a joined room", () => {
  test("replaces the subscription, so that each event still comes once", async () => {
    const world = new ChatWorld();
    const client = await world.join(room);
    world.engine.announce(room, world.engine.fill(room, 2));
    const rows = await join(client, { room, epoch: "E1", seq: 1 });
    expect(rows).toMatchObject([{ recovered: true, seq: 2, events: [{ payload: { seq: 2 } }] }]);
    world.engine.announce(room, world.engine.fill(room, 1));
    expect(seqsOf(client)).toEqual([1, 2, 3]);
    expect(client.connection.roomCount).toBe(1);
  });

  test("twice in one command is joining it once, from the last position", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 3);
    const client = world.connect();
    const rows = await join(client, { room, epoch: "E1", seq: 0 }, { room, epoch: "E1", seq: 2 });
    expect(rows).toMatchObject([{ room, recovered: true, events: [{ payload: { seq: 3 } }] }]);
    world.engine.announce(room, world.engine.fill(room, 1));
    expect(seqsOf(client)).toEqual([4]);
  });

  test("of a client that vanished meanwhile leaves nothing behind", async () => {
    const world = new ChatWorld();
    const client = world.connect();
    await world.hub.blocks.load(client.connection.identity.user.id);
    world.engine.pauseAnswers();
    client.send("join", { rooms: [{ room }] }, "j");
    await until(() => world.engine.waitingAnswers > 0);
    client.vanish();
    world.engine.resumeAnswers();
    await settle();
    expect([world.hub.feeds.count, world.followedLogs]).toEqual([0, []]);
  });
});

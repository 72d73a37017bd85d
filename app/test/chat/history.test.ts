import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";

const room = "room:a";

interface Page {
  readonly seq: number;
  readonly epoch: string;
  readonly messages: { readonly seq: number }[];
  readonly hasMore: boolean;
}

const page = async (client: Client, payload: object): Promise<Page> =>
  (await client.ask("history", { room, ...payload })).payload as unknown as Page;
const seqs = ({ messages }: Page) => messages.map(({ seq }) => seq);
const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);

describe("a page of history", () => {
  test("needs no join, has whole messages, oldest first, and says where it is", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 2, "hi");
    const answer = await page(world.connect(), {});
    expect(answer).toMatchObject({ room, epoch: "E1", seq: 2, hasMore: false });
    expect(answer.messages[0] as object).toMatchObject({
      seq: 1,
      clientId: null,
      authorId: "elsewhere",
      content: "hi",
      meta: null,
      isEdited: false,
      reactions: [],
    });
    expect(world.hub.feeds.count).toBe(0);
  });

  const pages: [payload: object, seqs: number[], hasMore: boolean][] = [
    [{}, upTo(50, 71), true],
    [{ limit: 1 }, [120], true],
    [{ limit: 100 }, upTo(100, 21), true],
    [{ before: 120, limit: 2 }, [118, 119], true],
    [{ before: 3 }, [1, 2], false],
    [{ before: 1 }, [], false],
    [{ before: 0 }, [], false],
    [{ before: 1_000_000, limit: 1 }, [120], true],
  ];
  test.each(pages)("%j", async (payload, expected, hasMore) => {
    const world = new ChatWorld();
    world.engine.fill(room, 120);
    const answer = await page(world.connect(), payload);
    expect([seqs(answer), answer.hasMore, answer.seq]).toEqual([expected, hasMore, 120]);
  });

  test("of a room without a log is empty", async () => {
    expect(await page(new ChatWorld().connect(), {})).toEqual({
      room,
      epoch: "",
      seq: 0,
      messages: [],
      hasMore: false,
    } as Page);
  });

  test.each(["x", "\u0001"])(
    "of 100 long messages of %j stays within 512 KiB; paging on misses none",
    async (unit) => {
      const world = new ChatWorld();
      world.engine.fill(room, 100, unit.repeat(8000));
      const client = world.connect();
      const got: number[] = [];
      for (let before = 101; before > 1; before = got[0] ?? 1) {
        const answer = await page(client, { limit: 100, before });
        expect(Buffer.byteLength(client.socket.texts.at(-1) ?? "")).toBeLessThanOrEqual(524_288);
        expect(answer.messages.length).toBeGreaterThan(0);
        got.unshift(...seqs(answer));
        expect(answer.hasMore).toBe(got[0] !== 1);
      }
      expect(got).toEqual(upTo(100));
    },
  );

  test("has room for its own fields beside messages that would fill the answer to the last byte", async () => {
    const world = new ChatWorld();
    world.engine.fill(room, 1, "");
    const client = world.connect();
    const [empty] = (await page(client, {})).messages;
    const fieldBytes = JSON.stringify(empty).length + ",".length;
    world.engine.fill("room:b", 80, "x".repeat(Math.floor(524_288 / 70) - fieldBytes - 1));
    const { payload } = await client.ask("history", { room: "room:b", limit: 100 });
    expect((payload.messages as object[]).length).toBe(69);
    expect(Buffer.byteLength(client.socket.texts.at(-1) ?? "")).toBeLessThanOrEqual(524_288);
  });

  test("of a group is for its members", async () => {
    const { payload } = await new ChatWorld().connect().ask("history", { room: "group:g" });
    expect(payload.code).toBe("forbidden");
  });
});

describe("on a joined socket", () => {
  test("history never runs ahead of the events", async () => {
    const world = new ChatWorld();
    const client = await world.join(room);
    const events = world.engine.fill(room, 2);
    client.send("history", { room }, "h1");
    await settle();
    expect(client.socket.answerTo("h1")).toBeUndefined();
    world.engine.announce(room, events);
    const answer = await until(() => client.socket.answerTo("h1"));
    expect(answer.payload.seq).toBe(2);
    const frames = client.socket.frames;
    expect(frames.slice(-3).map(({ type }) => type)).toEqual([
      "chat_message",
      "chat_message",
      "message_response",
    ]);
  });

  test("it is given up when the events do not come, and is not ahead of anything elsewhere", async () => {
    const world = new ChatWorld();
    const client = await world.join(room);
    world.engine.fill(room, 2);
    world.engine.failsWith = (operation) => (operation === "replay" ? new EngineUnavailable("down") : null);
    client.send("history", { room }, "h1");
    await settle();
    world.clock.advance(5000);
    const answer = await until(() => client.socket.answerTo("h1"));
    expect(answer.payload.code).toBe("unavailable");
    expect((await page(world.connect(), {})).seq).toBe(2);
  });
});

test("a message that is deleted while a page is read is left out, as its reader was told", async () => {
  const world = new ChatWorld();
  const [ann, ben] = [await world.join(room), await world.join(room)];
  const { messageId } = (await ann.ask("send_message", { room, content: "regretted" })).payload;
  await ann.ask("send_message", { room, content: "kept" });
  world.engine.pauseAnswers();
  ben.send("history", { room }, "h1");
  await until(() => world.engine.waitingAnswers === 1);
  await ann.ask("message_delete", { room, messageId });
  world.engine.resumeAnswers();
  const { payload } = await until(() => ben.socket.answerTo("h1"));
  expect(payload).toMatchObject({ seq: 2, messages: [{ content: "kept" }], hasMore: false });
  ben.vanish();
  ann.vanish();
  expect(world.hub.feeds.count).toBe(0);
});

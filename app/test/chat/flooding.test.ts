import { describe, expect, test } from "bun:test";
import { ChatWorld, type Client, settle } from "../support/chat-world.ts";

const room = "room:a";

const goodbye = {
  type: "goodbye",
  payload: { reason: "flooding", closesInMs: 0, reconnect: true },
};

/** Sends so many, each with its number as id. */
function flood(client: Client, count: number, type = "ping", payload: unknown = {}): void {
  for (let number = 1; number <= count; number += 1) client.send(type, payload, `f${number}`);
}

const refusals = ({ socket }: Client) => socket.framesOf("error").length;

function expectClosed(world: ChatWorld, { socket }: Client): void {
  expect(socket.closedWith).toEqual({ code: 4004, reason: "flooding" });
  expect(socket.frames.at(-1)).toEqual(goodbye);
  expect(world.limited.filter((scope) => scope === "flooding")).toEqual(["flooding"]);
  expect(world.closeCodes).toEqual([4004]);
}

describe("a connection that goes on after a hundred refusals is closed", () => {
  test("for the rate of its commands, and nothing more is parsed or answered", () => {
    const world = new ChatWorld();
    const client = world.connect();
    flood(client, 150);
    expect([refusals(client), client.socket.closedWith]).toEqual([100, null]);
    flood(client, 10_000);
    expect(refusals(client)).toBe(101);
    expectClosed(world, client);
  });

  test("for the rate of its messages", () => {
    const world = new ChatWorld({ messagesPerMinute: 10 });
    const client = world.connect();
    flood(client, 111, "message", { content: "x" });
    expectClosed(world, client);
  });

  test("for commands in flight", async () => {
    const world = new ChatWorld();
    const client = await world.join(room);
    world.engine.pauseCommits();
    flood(client, 132, "send_message", { room, content: "x" });
    expect([refusals(client), client.socket.closedWith]).toEqual([100, null]);
    flood(client, 1);
    expectClosed(world, client);
    world.engine.commit();
    await settle();
  });

  test("for all of these together", () => {
    const world = new ChatWorld({ messagesPerMinute: 1 });
    const client = world.connect();
    flood(client, 51, "message", { content: "x" });
    flood(client, 100);
    expect([refusals(client), client.socket.closedWith]).toEqual([100, null]);
    flood(client, 1);
    expectClosed(world, client);
  });

  test("while its commands still wait, one of them a batch that was refused in part", async () => {
    const world = new ChatWorld({ messagesPerMinute: 1 });
    const client = await world.join(room);
    world.engine.pauseAnswers();
    const echo = { type: "message", payload: { content: "x" } };
    client.send("batch", { commands: [echo, echo, { type: "history", payload: { room } }] }, "b");
    flood(client, 131);
    expect(client.socket.closedWith).toBeNull();
    flood(client, 1);
    expectClosed(world, client);
    const { length } = client.socket.texts;
    world.engine.resumeAnswers();
    await settle();
    expect(client.socket.texts.length).toBe(length);
    expectClosed(world, client);
  });

  test("and nobody else", () => {
    const world = new ChatWorld();
    const [other, client] = [world.connect("a"), world.connect("a")];
    flood(client, 200);
    expectClosed(world, client);
    expect(other.connection.isOpen).toBe(true);
  });
});

describe("a connection stays open for ever", () => {
  const unwatched = { heartbeatIntervalMs: 0, connectionTimeoutMs: 0 };

  test("if it tries ten times a second", () => {
    const world = new ChatWorld({ ...unwatched, messagesPerMinute: 1 });
    const client = world.connect();
    for (let count = 1; count <= 12_000; count += 1) {
      client.send("message", { content: "x" });
      world.clock.advance(100);
    }
    expect(client.socket.closedWith).toBeNull();
    expect(refusals(client)).toBeGreaterThan(11_000);
  });

  test.each([1, 60, 5999, 100_000])(
    "if it waits as it is told: %d messages a minute",
    (messagesPerMinute) => {
      const world = new ChatWorld({ ...unwatched, messagesPerMinute });
      const client = world.connect();
      let waitMs = 0;
      for (let count = 1; count <= messagesPerMinute + 3000; count += 1) {
        world.clock.advance(waitMs);
        client.send("message", { content: "x" }, "m");
        const { payload } = JSON.parse(client.socket.texts.at(-1) ?? "");
        waitMs = payload.retryAfterMs ?? 0;
      }
      expect(client.socket.closedWith).toBeNull();
      expect(refusals(client)).toBeGreaterThan(10);
    },
  );

  test("if it sends a refused batch again as it is told", async () => {
    const world = new ChatWorld({ ...unwatched, messagesPerMinute: 1 });
    const client = await world.join(room);
    const write = { type: "send_message", payload: { room, content: "x" } };
    const commands = Array.from({ length: 50 }, (_, index) => ({ ...write, id: `w${index}` }));
    for (let round = 1; round <= 20; round += 1) {
      await client.ask("batch", { commands });
      world.clock.advance(60_000);
    }
    expect(client.socket.closedWith).toBeNull();
  });
});

test("batches that are refused in part count as well", async () => {
  const world = new ChatWorld({ messagesPerMinute: 1 });
  const client = world.connect();
  const commands = new Array(3).fill({ type: "message", payload: { content: "x" } });
  for (let round = 1; round <= 100; round += 1) {
    await client.ask("batch", { commands });
    world.clock.advance(20);
  }
  expect(client.connection.isOpen).toBe(true);
  for (let round = 1; round <= 25; round += 1) client.send("batch", { commands });
  await settle();
  expectClosed(world, client);
});

import { describe, expect, test } from "bun:test";
import type { Publish } from "../../src/chat/engine.ts";
import { RedisKeys } from "../../src/engine/keys.ts";
import type { RedisScripts, ScriptInput } from "../../src/engine/redis-scripts.ts";
import { RedisWrites } from "../../src/engine/redis-writes.ts";
import { hasRedis } from "../support/redis-server.ts";
import { aPublish } from "./a-publish.ts";
import { room, start, wide } from "./engine-world.ts";
import { RedisWorld } from "./redis-world.ts";
import { until } from "./until.ts";

const channel = `test:1:{${room.length}:${room}}:bus`;
const texts = (count: number): Publish[] =>
  Array.from({ length: count }, (_, index) => aPublish({ content: `text ${index}`, commandId: `c${index}` }));

describe.skipIf(!hasRedis)("what is written to a room in one turn (needs redis-server)", () => {
  /** How often Redis was asked for something since. */
  async function calls({ server }: RedisWorld, command: string): Promise<number> {
    const stats = String(await server.ask("INFO", "commandstats"));
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  }

  test("goes to Redis in few calls, comes in few messages, and is heard in its order", async () => {
    await using world = await RedisWorld.start();
    const { engine, heard } = await world.open("i1");
    await engine.subscribe(room);
    await engine.publish(aPublish());
    await world.server.ask("CONFIG", "RESETSTAT");
    const writes = texts(150);
    const results = await Promise.all(writes.map((each) => engine.publish(each)));
    expect(results.map((result) => result.ok && result.seq)).toEqual(writes.map((_, index) => index + 2));
    await until(() => heard.length === 151, "all are heard");
    expect(await calls(world, "xadd")).toBe(150);
    expect(await calls(world, "evalsha")).toBeLessThan(10);
    expect(await calls(world, "publish")).toBeLessThan(10);
    const replay = await engine.replay(room, start, wide);
    expect(replay.recovered && replay.events).toEqual(heard);
    expect(heard.slice(1).map(({ content }) => content)).toEqual(writes.map(({ content }) => content));
  });

  test("has an outcome each, whatever became of the others", async () => {
    await using world = await RedisWorld.start();
    const { engine, heard } = await world.open("i1");
    await engine.subscribe(room);
    const { messageId } = aPublish();
    const reaction = { emoji: "🎉", action: "add" } as const;
    const writes: Partial<Publish>[] = [
      { kind: "message_edit", messageId, content: "too early" },
      { messageId, commandId: "c1" },
      { messageId: "other", commandId: "c1" },
      { commandId: "c1", commandHash: "h2" },
      { kind: "message_edit", messageId, userId: "u2", content: "not yours" },
      { kind: "reaction", messageId, reaction, commandId: "c2" },
      { kind: "reaction", messageId, reaction, commandId: "c3" },
      { kind: "message_edit", messageId, content: "edited" },
      { kind: "message_delete", messageId },
      { kind: "reaction", messageId, reaction },
      {},
    ];
    const results = await Promise.all(writes.map((fields) => engine.publish(aPublish(fields))));
    expect(results.map((each) => (each.ok ? [each.seq, each.duplicate] : each.code))).toEqual([
      "not_found",
      [1, false],
      [1, true],
      "id_conflict",
      "forbidden",
      [2, false],
      [2, true],
      [3, false],
      [4, false],
      "not_found",
      [5, false],
    ]);
    expect(results[2]).toMatchObject({ messageId });
    await until(() => heard.length === 5, "all are heard");
    expect(heard.map(({ seq, kind }) => [seq, kind])).toEqual([
      [1, "chat_message"],
      [2, "reaction"],
      [3, "message_edit"],
      [4, "message_delete"],
      [5, "chat_message"],
    ]);
  });

  test("expires as a whole where it is kept for a time, and not any more once it is kept for ever", async () => {
    await using world = await RedisWorld.start();
    const keys = ["meta", "log", "messages", "order"].map(
      (part) => `test:1:{${room.length}:${room}}:${part}`,
    );
    for (const historyTtlMs of [60_000, 0]) {
      const { engine } = await world.open(`i${historyTtlMs}`, { historyTtlMs });
      await Promise.all(texts(3).map((each) => engine.publish({ ...each, commandId: null })));
      const left = await Promise.all(keys.map((key) => world.server.ask("PTTL", key)));
      expect(left.map((ms) => Number(ms) > 0)).toEqual(keys.map(() => historyTtlMs > 0));
    }
  });

  test("names the last of its events first: a former version, which reads one, sees the hole at once", async () => {
    await using world = await RedisWorld.start();
    const { engine, heard } = await world.open("i1");
    await engine.subscribe(room);
    await engine.publish(aPublish());
    const [first, epoch] = [heard.length, (await engine.head(room)).epoch];
    const event = JSON.stringify({ kind: "chat_message", messageId: "m" });
    const text = [`1 ${epoch} 4 3`, event, "", event, "", event, ""].join("\n");
    await world.server.ask("PUBLISH", channel, text);
    await until(() => heard.length >= first + 3, "it is heard");
    expect(heard.slice(-3).map(({ seq }) => seq)).toEqual([2, 3, 4]);
    // As a former version splits it.
    expect(text.split("\n", 3)).toEqual([`1 ${epoch} 4 3`, event, ""]);
  });
});

/** A Redis that is asked when the test says so. */
function played(bounds?: { writes: number; textUnits: number }) {
  const asked: { input: () => ScriptInput; answer: (answer: unknown) => void; refuse: () => void }[] = [];
  const scripts: Partial<RedisScripts> = {
    publishCommand: "PUBLISH",
    runLater: (_name, _about, input) => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      asked.push({ input, answer: resolve, refuse: () => reject(new Error("away")) });
      return promise;
    },
  };
  const keys = new RedisKeys("test");
  const options = { historyMessagesMax: 0, historyTtlMs: 0 };
  const writes = new RedisWrites(scripts as RedisScripts, { keys, options }, bounds);
  const publish = (fields: Partial<Publish> = {}) =>
    writes.publish(aPublish(fields)).then(
      (result) => (result.ok ? result.seq : result.code),
      (error: Error) => error.message,
    );
  /** Of the calls, without what belongs to the log itself. */
  const sizes = () => asked.map(({ input }) => input().keys.length - 4);
  return { asked, publish, sizes };
}

describe("a call", () => {
  test("takes what comes until its turn, and no more after it, nor anything of another room", async () => {
    const { asked, publish, sizes } = played();
    const results = [publish(), publish(), publish({ room: "room:b" })];
    expect(asked[0]?.input()).toBe(asked[0]?.input() as ScriptInput);
    results.push(publish());
    expect(sizes()).toEqual([2, 1, 1]);
    for (const [index, outcomes] of [[7, 8], [1], [9]].entries()) asked[index]?.answer(["E", ...outcomes]);
    expect(await Promise.all(results)).toEqual([7, 8, 1, 9]);
  });

  test("that waits takes more also after the one before it was answered", async () => {
    const { asked, publish, sizes } = played();
    const first = publish();
    asked[0]?.input();
    void publish();
    asked[0]?.answer(["E", 1]);
    await first;
    void publish();
    expect(sizes()).toEqual([1, 2]);
  });

  const cases: [what: string, content: string, sizes: number[]][] = [
    ["writes", "x", [64, 6]],
    ["text", "x".repeat(8000), [17, 17, 17, 17, 2]],
  ];
  test.each(cases)("has a bound of %s", (_, content, expected) => {
    const { publish, sizes } = played();
    for (let count = 0; count < 70; count += 1) void publish({ content });
    expect(sizes()).toEqual(expected);
  });

  test("that fails leaves the outcome of all that it was about unknown, and of nothing else", async () => {
    const { asked, publish } = played();
    const results = [publish(), publish(), publish({ room: "room:b" })];
    asked[0]?.refuse();
    asked[1]?.answer(["E", 1]);
    expect(await Promise.all(results)).toEqual(["away", "away", 1]);
    const next = publish();
    asked[2]?.answer(["E"]);
    expect(await next).toBe("the script has left something out");
  });
});

test.each([
  ["writes", { writes: 3, textUnits: 1000 }],
  ["text", { writes: 10, textUnits: 25 }],
])("more %s than may wait is refused at once, and not once there is room again", async (_, bounds) => {
  const { asked, publish } = played(bounds);
  const results = Array.from({ length: 4 }, () => publish({ content: "0123456789" }));
  expect(await results[3]).toBe("too much waits for Redis");
  asked[0]?.answer(["E", 1, 2, 3]);
  expect(await Promise.all(results.slice(0, 3))).toEqual([1, 2, 3]);
  const next = publish();
  asked[1]?.answer(["E", 4]);
  expect(await next).toBe(4);
});

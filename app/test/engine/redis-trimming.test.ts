import { describe, expect, test } from "bun:test";
import type { Publish } from "../../src/chat/engine.ts";
import type { RedisLogOptions } from "../../src/engine/redis-log-arguments.ts";
import { hasRedis } from "../support/redis-server.ts";
import { anEdit, aReaction } from "./a-change.ts";
import { aPublish } from "./a-publish.ts";
import { page, room, start, wide } from "./engine-world.ts";
import { RedisWorld } from "./redis-world.ts";

const of = `test:1:{${room.length}:${room}}:`;
const many = (count: number): Publish[] => Array.from({ length: count }, () => aPublish());

describe.skipIf(!hasRedis)("a room's log in Redis (needs redis-server)", () => {
  test("is trimmed by many at once as one by one, and with it what was kept of each message", async () => {
    await using world = await RedisWorld.start();
    const { engine } = await world.open("i1", { historyMessagesMax: 10 });
    for (let round = 0; round < 4; round += 1)
      await Promise.all(many(50).map((each) => engine.publish(each)));
    expect(await world.server.ask("XLEN", `${of}log`)).toBe(10);
    expect(await world.server.ask("ZCARD", `${of}order`)).toBe(10);
    expect(await world.server.ask("HLEN", `${of}messages`)).toBe(20);
  });

  test("is trimmed with the reactions, meta and edits of its messages", async () => {
    await using world = await RedisWorld.start();
    const { engine } = await world.open("i1", { historyMessagesMax: 4 });
    const messageId = Bun.randomUUIDv7();
    await engine.publish(aPublish({ messageId, metaJson: "{}" }));
    await engine.publish(aPublish(aReaction(messageId, "+1")));
    await engine.publish(aPublish(anEdit(messageId, "new")));
    const reactions = () => world.server.ask("KEYS", `${of}reactions:*`);
    expect(await reactions()).toHaveLength(3);
    for (const each of many(4)) await engine.publish(each);
    expect(await reactions()).toEqual([]);
    expect(await world.server.ask("HLEN", `${of}messages`)).toBe(8);
  });

  test("is trimmed many at a time where many are kept, and shows no more than those", async () => {
    await using world = await RedisWorld.start();
    const { engine } = await world.open("i1", { historyMessagesMax: 300 });
    await Promise.all(many(300).map((each) => engine.publish(each)));
    const lengths: unknown[] = [];
    for (const each of many(8)) {
      await engine.publish(each);
      lengths.push(await world.server.ask("XLEN", `${of}log`));
    }
    expect(lengths).toEqual([301, 302, 303, 300, 301, 302, 303, 300]);
    await engine.publish(aPublish());
    const { messages, hasMore } = await engine.history(room, { ...page, before: 20, limit: 100 });
    expect([messages[0]?.seq, messages.length, hasMore]).toEqual([10, 10, false]);
    expect(await engine.replay(room, { ...start, seq: 0 }, wide)).toMatchObject({ reason: "trimmed" });
  });

  const backlogs: [what: string, options: Partial<RedisLogOptions>, lengths: number[]][] = [
    ["old", { historyMessagesMax: 0, historyTtlMs: 60_000 }, [5, 4, 3, 3, 4]],
    ["more than is kept", { historyMessagesMax: 3 }, [5, 4, 3, 3, 3]],
  ];
  test.each(backlogs)(
    "shrinks by no more than twice what comes where a backlog is %s",
    async (_, options, lengths) => {
      await using world = await RedisWorld.start();
      const { engine: former } = await world.open("former");
      const createdAt = Date.now() - 61_000;
      for (const each of many(5)) await former.publish({ ...each, createdAt });
      const { engine } = await world.open("i1", options);
      for (const [round, length] of lengths.entries()) {
        if (round > 0) await engine.publish(aPublish());
        expect(await world.server.ask("XLEN", `${of}log`)).toBe(length);
        expect(await world.server.ask("ZCARD", `${of}order`)).toBe(length);
      }
    },
  );
});

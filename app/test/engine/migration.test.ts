import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../src/chat/engine.ts";
import { migrate } from "../../src/engine/migration.ts";
import { openRedisEngine } from "../../src/engine/redis.ts";
import { openSqliteEngine } from "../../src/engine/sqlite.ts";
import { RedisClusterServers } from "../support/redis-cluster-servers.ts";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { aDelete, anEdit, aReaction, by } from "./a-change.ts";
import { aPublish } from "./a-publish.ts";
import { page, seqsOf, start, wide } from "./engine-world.ts";

const keepAll = { historyMessagesMax: 0, historyTtlMs: 0 };
const author = { userId: "admin", at: 1000, instance: "i1" };
const rooms = ["room:a", "room:long", "group:g", "notifications/u}1"];
const all = { after: null, limit: 100 };

let redis: RedisServer;
let directory: string;
let prefix = "p0";
beforeAll(async () => {
  if (hasRedis) redis = await RedisServer.start();
  directory = mkdtempSync(join(tmpdir(), "holdline-migration-"));
  const engine = await openSqlite();
  await fill(engine);
  await engine.close();
});
afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  prefix = `p${Number(prefix.slice(1)) + 1}`;
});

const databasePath = () => join(directory, "holdline.db");
const openSqlite = () => openSqliteEngine({ path: databasePath(), ...keepAll });
const openRedis = (url = redis.url) =>
  openRedisEngine({ url, prefix, ack: "memory", instance: "i1", ...keepAll });
const copy = (url = redis.url) =>
  migrate({ databasePath: databasePath(), url, prefix, historyTtlMs: 0, onProgress: () => {} });

/** Something of everything. */
async function fill(engine: Engine): Promise<void> {
  const ids: string[] = [];
  for (let index = 0; index < 6; index++) {
    const result = await engine.publish(aPublish({ content: `ß 🙂 ${index}`, metaJson: '{"a":1}' }));
    if (result.ok) ids.push(result.messageId);
  }
  const [first = "", second = "", third = ""] = ids;
  for (const userId of ["u3", "u2", "u4"]) await engine.publish(aPublish(aReaction(first, "🎉", by(userId))));
  await engine.publish(aPublish(aReaction(first, "❤", by("u2"))));
  await engine.publish(aPublish(aReaction(first, "🎉", by("u3"), "remove")));
  await engine.publish(aPublish(anEdit(second, "changed")));
  await engine.publish(aPublish(aDelete(third)));
  await Promise.all(Array.from({ length: 450 }, () => engine.publish(aPublish({ room: "room:long" }))));
  await engine.publish(aPublish({ room: "group:g" }));
  const notification = { room: "notifications/u}1", kind: "notification", content: '{"n":1}' } as const;
  await engine.publish(aPublish(notification));
  await engine.control({ kind: "member_added", room: "group:g", userId: "u1" }, author);
  await engine.control({ kind: "member_removed", room: "group:g", userId: "u2" }, author);
  await engine.control({ kind: "block_added", userId: "u1", otherId: "u9" }, author);
  await engine.noteSeen([{ userId: "u1", at: Date.now() }]);
}

/** What can be read of it. */
async function contentOf(engine: Engine) {
  const read = async (room: string) => [
    await engine.head(room),
    await engine.replay(room, start, wide),
    await engine.history(room, { ...page, viewerId: "u2" }),
  ];
  return [
    await Promise.all([...rooms, "control"].map(read)),
    await engine.members("group:g", all),
    await engine.membership("group:g", "u2"),
    await engine.groupsOf("u2", all),
    await engine.blocksBy("u1", all),
    await engine.blockRelations("u9"),
    await engine.lastSeen("u1"),
    await engine.installSecret(),
  ];
}

async function reading<T>(open: () => Promise<Engine>, read: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await open();
  try {
    return await read(engine);
  } finally {
    await engine.close();
  }
}

describe.skipIf(!hasRedis)("migration (needs redis-server)", () => {
  test("leaves nothing that reads otherwise", async () => {
    expect(await copy()).toMatchObject({ rooms: 5, memberships: 2, blocks: 1, keepsGuests: true });
    expect(await reading(openRedis, contentOf)).toEqual(await reading(openSqlite, contentOf));
  });

  test("leaves nothing that reads otherwise on a cluster", async () => {
    await using cluster = await RedisClusterServers.start();
    await copy(cluster.url);
    const there = await reading(() => openRedis(cluster.url), contentOf);
    expect(there).toEqual(await reading(openSqlite, contentOf));
  }, 60_000);

  test("lets the logs, reactions and reactors go on where they were", async () => {
    await copy();
    const goOn = async (engine: Engine) => {
      const [oldest] = (await engine.history("room:a", page)).messages;
      const messageId = oldest?.messageId ?? "";
      const again = await engine.publish(aPublish(aReaction(messageId, "🎉", by("u2"))));
      const more = await engine.publish(aPublish(aReaction(messageId, "🎉", by("u7"))));
      const reactors = await engine.reactors("room:a", messageId, { ...all, emoji: null, hidden: [] });
      const { messages } = await engine.history("room:a", { ...page, limit: 100 });
      return {
        again: again.ok && again.duplicate,
        seq: more.ok && more.seq,
        reactors: reactors?.items.map(({ emoji, userId }) => emoji + userId),
        counts: messages[0]?.reactions,
      };
    };
    const there = await reading(openRedis, goOn);
    expect(there).toEqual({
      again: true,
      seq: 14,
      reactors: ["❤u2", "🎉u2", "🎉u4", "🎉u7"],
      counts: [
        { emoji: "🎉", count: 3, mine: false },
        { emoji: "❤", count: 1, mine: false },
      ],
    });
  });

  test("is done again without harm, also after it was interrupted", async () => {
    const impatient = migrate({
      databasePath: databasePath(),
      url: redis.url,
      prefix,
      historyTtlMs: 0,
      onProgress(done) {
        if (done === 2) throw new Error("interrupted");
      },
    });
    expect(await impatient.catch((error: Error) => error.message)).toBe("interrupted");
    await copy();
    await copy();
    expect(await reading(openRedis, contentOf)).toEqual(await reading(openSqlite, contentOf));
  });

  test("overwrites nothing that servers have written meanwhile", async () => {
    await copy();
    await reading(openRedis, (engine) => engine.publish(aPublish()));
    const refusal = await copy().catch((error: Error) => `${error.name}: ${error.message}`);
    expect(refusal).toMatch(/^EngineUnusable: room:a is in Redis already/);
    const { events } = await reading(
      openRedis,
      async (engine) => (await engine.replay("room:a", start, wide)) as never as { events: [] },
    );
    expect(seqsOf(events).at(-1)).toBe(14);
  });

  test("refuses a database that a server uses", async () => {
    const refusal = await reading(openSqlite, () => copy().catch((error: Error) => error.message));
    expect(refusal).toMatch(/in use by another Holdline process/);
  });
});

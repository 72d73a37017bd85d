import type { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Publish } from "../../src/chat/engine.ts";
import { controlRoom } from "../../src/chat/engine-people.ts";
import { SqliteCheckpoint } from "../../src/engine/sqlite-checkpoint.ts";
import { SqliteLog } from "../../src/engine/sqlite-log.ts";
import { openDatabase } from "../../src/engine/sqlite-schema.ts";
import type { ControlWrite } from "../../src/engine/write.ts";
import { aDelete, aReaction, by } from "./a-change.ts";
import { aPublish } from "./a-publish.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const now = 1_800_000_000_000;
let directory: string;
let database: Database;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdline-log-"));
  database = openDatabase(join(directory, "holdline.db"));
});
afterEach(() => {
  database.close();
  rmSync(directory, { recursive: true });
});

function makeLog(historyMessagesMax = 0, historyTtlMs = 0): SqliteLog {
  return new SqliteLog(database, { historyMessagesMax, historyTtlMs });
}

function append(log: SqliteLog, fields: Partial<Publish>, at = now) {
  const { outcomes, epochs } = log.append([aPublish({ createdAt: at, ...fields })], at);
  return { outcome: outcomes[0], epoch: epochs.get("room:a") };
}

function appendMany(log: SqliteLog, count: number, fields: Partial<Publish> = {}): void {
  log.append(
    Array.from({ length: count }, () => aPublish({ createdAt: now, ...fields })),
    now,
  );
}

function sweep(log: SqliteLog, at: number): number {
  let steps = 0;
  for (const _ of log.sweep(at)) steps++;
  return steps;
}

function count(table: string): number {
  return database.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0;
}

describe("a transaction that fails", () => {
  test("leaves nothing behind, and the next goes on without a hole", () => {
    const log = makeLog();
    const messageId = Bun.randomUUIDv7();
    append(log, { messageId, commandId: "c1" });
    const batch = [aPublish({ commandId: "c2", room: "room:b" }), aPublish(), aPublish({ messageId })];
    expect(() => log.append(batch, now)).toThrow();
    expect([count("log"), count("message"), count("command"), count("room")]).toEqual([1, 1, 1, 1]);
    expect(append(log, { commandId: "c2" }).outcome).toBe(2);
    expect(append(log, { room: "room:b" }).outcome).toBe(1);
  });
});

describe("commands", () => {
  test("are remembered for 15 minutes", () => {
    const log = makeLog();
    append(log, { commandId: "c1" });
    expect(append(log, { commandId: "c1" }, now + 15 * minuteMs).outcome).toMatchObject({
      record: { seq: 1 },
    });
    expect(append(log, { commandId: "c1" }, now + 15 * minuteMs + 1).outcome).toBe(2);
  });

  test("are swept when they are too old, in slices", () => {
    const log = makeLog();
    const commands = Array.from({ length: 5000 }, (_, id) =>
      aPublish({ commandId: `c${id}`, createdAt: now }),
    );
    log.append(commands, now);
    append(log, { commandId: "young" }, now + minuteMs);
    sweep(log, now + 15 * minuteMs);
    expect(count("command")).toBe(5001);
    expect(sweep(log, now + 15 * minuteMs + 1)).toBeGreaterThan(2);
    expect(count("command")).toBe(1);
  });
});

test("a deleted message takes its reactions with it", () => {
  const log = makeLog();
  const [deleted, kept] = [aPublish(), aPublish()];
  log.append([deleted, kept], now);
  for (const { messageId } of [deleted, deleted, kept]) append(log, aReaction(messageId, "👍"));
  append(log, aReaction(deleted.messageId, "❤", by("u2")));
  append(log, aDelete(deleted.messageId));
  expect([count("message"), count("reaction"), count("reaction_count")]).toEqual([1, 1, 1]);
});

describe("trimming", () => {
  test("happens on the way, so that a log is hardly longer than it may be", () => {
    const log = makeLog(50);
    for (let batch = 0; batch < 100; batch++) appendMany(log, 20);
    expect(count("log")).toBeLessThanOrEqual(50 + 128 + 20);
    expect(count("message")).toBe(count("log"));
    expect(append(log, {}).outcome).toBe(2001);
  });

  test("catches up in short steps where a limit was lowered", () => {
    appendMany(makeLog(), 3000);
    const log = makeLog(10);
    expect(sweep(log, now)).toBeGreaterThan(5);
    expect([count("log"), count("message")]).toEqual([10, 10]);
    expect(append(log, {}).outcome).toBe(3001);
  });

  test("by age takes the old ones of every room", () => {
    const log = makeLog(0, minuteMs);
    const rooms = Array.from({ length: 1200 }, (_, index) => `room:${index}`);
    const inEach = (createdAt: number) => rooms.map((room) => aPublish({ room, createdAt }));
    log.append([...inEach(now), ...inEach(now + 1)], now + 1);
    sweep(log, now + minuteMs + 1);
    expect([count("log"), count("message")]).toEqual([1200, 1200]);
  });

  test("takes the reactions to what goes, and leaves those to what stays", () => {
    const log = makeLog(10);
    const messages = Array.from({ length: 14 }, () => aPublish({ createdAt: now }));
    log.append(messages, now);
    for (const { messageId } of messages) append(log, aReaction(messageId, "👍", by("u2")));
    sweep(log, now);
    expect([count("log"), count("message"), count("reaction"), count("reaction_count")]).toEqual([
      10, 0, 0, 0,
    ]);
    const [kept, ...others] = Array.from({ length: 8 }, () => aPublish({ createdAt: now }));
    log.append([kept as Publish, ...others], now);
    append(log, aReaction(kept?.messageId ?? "", "👍", by("u2")));
    sweep(log, now);
    expect([count("log"), count("message"), count("reaction"), count("reaction_count")]).toEqual([
      10, 8, 1, 1,
    ]);
  });

  test("of one room leaves the message of the same id in another", () => {
    const log = makeLog(1);
    const messageId = Bun.randomUUIDv7();
    append(log, { messageId });
    append(log, { messageId, room: "room:b" });
    append(log, {});
    sweep(log, now);
    expect([count("log"), count("message"), count("message WHERE room = 2")]).toEqual([2, 2, 1]);
  });

  test("shortens the control log, and what was decided stays", () => {
    const log = makeLog(10);
    const author = { userId: "admin", at: now, instance: "i1" };
    const removal = (index: number): ControlWrite => ({
      room: controlRoom,
      change: { kind: "member_removed", room: "group:a", userId: `u${index}` },
      author,
      messageId: Bun.randomUUIDv7(),
    });
    log.append(
      Array.from({ length: 30 }, (_, index) => removal(index)),
      now,
    );
    sweep(log, now);
    expect([count("log"), count("membership")]).toEqual([10, 30]);
  });

  test("leaves nothing of the text on disk", () => {
    const log = makeLog(1);
    append(log, { content: "a secret that was told", metaJson: '{"a":"a secret that was told"}' });
    append(log, {});
    sweep(log, now);
    new SqliteCheckpoint(database, join(directory, "holdline.db")).run();
    const files = readdirSync(directory).map((file) => readFileSync(join(directory, file), "latin1"));
    expect(files.filter((text) => text.includes("secret that was told"))).toEqual([]);
  });
});

describe("users who were last seen long ago", () => {
  test("are forgotten after 366 days, in slices", () => {
    const log = makeLog();
    const seen = Array.from({ length: 5000 }, (_, index) => ({ userId: `u${index}`, at: now }));
    log.noteSeen([...seen, { userId: "later", at: now + 1 }]);
    sweep(log, now + 366 * dayMs);
    expect(count("seen")).toBe(5001);
    expect(sweep(log, now + 366 * dayMs + 1)).toBeGreaterThan(2);
    expect(count("seen")).toBe(1);
  });

  test("are noted without a sync of their own, and what follows is synced as before", () => {
    const log = makeLog();
    log.noteSeen([{ userId: "u1", at: now }]);
    expect(database.query("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
  });
});

describe("a room whose log became empty", () => {
  const emptyAt = now + 2 * minuteMs;

  test("leaves nothing of its messages and reactions behind", () => {
    const log = makeLog(0, minuteMs);
    const messageId = Bun.randomUUIDv7();
    append(log, { messageId, commandId: "c1" });
    append(log, aReaction(messageId, "👍"));
    sweep(log, emptyAt);
    sweep(log, emptyAt + dayMs + 1);
    const tables = ["room", "log", "message", "reaction", "reaction_count", "command"];
    expect(tables.map(count)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("goes on with its epoch and seq for a day", () => {
    const log = makeLog(0, minuteMs);
    const { epoch } = append(log, {});
    sweep(log, emptyAt);
    expect(count("log")).toBe(0);
    sweep(log, emptyAt + dayMs);
    expect(append(makeLog(), {}, emptyAt + dayMs)).toEqual({ outcome: 2, epoch });
  });

  test("begins anew in another epoch after a day", () => {
    const log = makeLog(0, minuteMs);
    const { epoch } = append(log, {});
    sweep(log, emptyAt);
    sweep(log, emptyAt + dayMs + 1);
    const begun = append(log, {}, emptyAt + dayMs + 2);
    expect(begun.outcome).toBe(1);
    expect(begun.epoch).not.toBe(epoch);
  });
});

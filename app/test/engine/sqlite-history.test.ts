import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { historySql, historyWithoutSql } from "../../src/engine/sqlite-history.ts";
import { SqliteLog } from "../../src/engine/sqlite-log.ts";
import { SqliteReader } from "../../src/engine/sqlite-reader.ts";
import { openDatabase } from "../../src/engine/sqlite-schema.ts";
import { aReaction, by } from "./a-change.ts";
import { aPublish } from "./a-publish.ts";
import { page, room } from "./engine-world.ts";

const retention = { historyMessagesMax: 0, historyTtlMs: 0 };
let directory: string;
let database: Database;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdline-history-"));
  database = openDatabase(join(directory, "holdline.db"));
});
afterEach(() => {
  database.close();
  rmSync(directory, { recursive: true });
});

describe("a page of history", () => {
  test.each([
    ["for who sees everybody", historySql],
    ["for who does not", historyWithoutSql],
  ])("%s scans no table", (_name, sql) => {
    const plan = database.query<{ detail: string }, never[]>(`EXPLAIN QUERY PLAN ${sql}`).all();
    const details = plan.map(({ detail }) => detail);
    expect(details.filter((detail) => detail.startsWith("SEARCH")).length).toBeGreaterThan(4);
    const scanned = details.filter((detail) => detail.startsWith("SCAN"));
    expect(scanned.filter((detail) => !/^SCAN (page|json_each|hidden)\b/.test(detail))).toEqual([]);
  });

  test("counts 10,000 who have reacted without the 1,000 whom the viewer does not see", () => {
    const log = new SqliteLog(database, retention);
    const message = aPublish();
    const reaction = (index: number) => aPublish(aReaction(message.messageId, "👍", by(`user-${index}`)));
    log.append([message, ...Array.from({ length: 10_000 }, (_, index) => reaction(index))], Date.now());
    const reading = new Database(database.filename, { readonly: true, strict: true });
    const hidden = Array.from({ length: 1000 }, (_, index) => `user-${index}`);
    const bounds = { ...page, viewerId: "user-5000", hidden };
    const { messages } = new SqliteReader(reading, retention, Date.now).history(room, bounds);
    expect(messages.map(({ reactions }) => reactions)).toEqual([[{ emoji: "👍", count: 9000, mine: true }]]);
    reading.close();
  });
});

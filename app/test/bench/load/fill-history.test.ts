import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillHistory } from "../../../bench/load/fill-history.ts";
import { SqliteReader } from "../../../src/engine/sqlite-reader.ts";
import { openDatabase } from "../../../src/engine/sqlite-schema.ts";

const newest = { before: null, limit: 50, textUnitsMax: 100_000, viewerId: "anybody", hidden: [] };

test("a filled room is read like any other", () => {
  const directory = mkdtempSync(join(tmpdir(), "holdline-fill-"));
  const path = join(directory, "filled.db");
  fillHistory(path, [
    { name: "room:small", messages: 7 },
    { name: "room:large", messages: 1000 },
  ]);
  const database = openDatabase(path);
  const reader = new SqliteReader(database, { historyMessagesMax: 0, historyTtlMs: 60_000 }, Date.now);
  const small = reader.history("room:small", newest);
  const large = reader.history("room:large", newest);
  expect([small.messages.length, small.seq, small.hasMore]).toEqual([7, 7, false]);
  expect(large.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, index) => 951 + index));
  expect(large.messages[0]?.authorName).toBe("User 0000000a");
  database.close();
  rmSync(directory, { recursive: true });
});

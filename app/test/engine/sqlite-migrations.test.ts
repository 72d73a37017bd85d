import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteEngine } from "../../src/engine/sqlite.ts";
import { openDatabase } from "../../src/engine/sqlite-schema.ts";
import { anEdit, aReaction } from "./a-change.ts";
import { aPublish } from "./a-publish.ts";
import { page, room, start, wide } from "./engine-world.ts";

/** What version 1 made, with one message in it. */
const versionOne = `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE room (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0, emptied_at INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE log (
    id INTEGER PRIMARY KEY, room INTEGER NOT NULL, seq INTEGER NOT NULL, v INTEGER NOT NULL, kind TEXT NOT NULL,
    author TEXT NOT NULL, message TEXT NOT NULL, instance TEXT NOT NULL, socket INTEGER NOT NULL,
    command TEXT, created_at INTEGER NOT NULL, rest TEXT, UNIQUE (room, seq)
  ) STRICT;
  CREATE TABLE message (
    id TEXT PRIMARY KEY, room INTEGER NOT NULL, seq INTEGER NOT NULL, author_name TEXT NOT NULL,
    author_image TEXT, content TEXT NOT NULL, meta TEXT, is_edited INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE command (
    id INTEGER PRIMARY KEY, room INTEGER NOT NULL, user TEXT NOT NULL, command TEXT NOT NULL,
    hash TEXT NOT NULL, seq INTEGER NOT NULL, message TEXT NOT NULL, created_at INTEGER NOT NULL
  ) STRICT;
  INSERT INTO setting VALUES ('install_secret', zeroblob(32)), ('probe', 0);
  INSERT INTO room (name, epoch) VALUES ('room:a', 'E');
  INSERT INTO log VALUES (1, 1, 1, 1, 'chat_message', 'u1', 'm1', 'i1', 7, 'c1', 1700000000000, NULL);
  INSERT INTO message VALUES ('m1', 1, 1, 'Ann', NULL, 'from version 1', '{"a":1}', 0);
  PRAGMA application_id = ${0x486f6c64};
  PRAGMA user_version = 1;
`;

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdline-migrations-"));
  path = join(directory, "holdline.db");
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(sql: string, values: readonly number[] = []): void {
  const database = new Database(path, { create: true });
  if (values.length > 0) database.run(sql, [...values]);
  else database.run(sql);
  database.close();
}

test("a database of version 1 goes on with all that it held", async () => {
  write(versionOne);
  const createdAt = Date.now();
  write("INSERT INTO command VALUES (1, 1, 'u1', 'c1', 'h1', 1, 'm1', ?)", [createdAt]);
  const engine = await openSqliteEngine({ path, historyMessagesMax: 0, historyTtlMs: 0 });
  expect(await engine.installSecret()).toEqual(new Uint8Array(32));
  const kept = { epoch: "E", seq: 1, messageId: "m1" };
  const repeated = await engine.publish(aPublish({ commandId: "c1" }));
  expect(repeated).toEqual({ ok: true, ...kept, createdAt, duplicate: true });
  const text = { authorId: "u1", authorName: "Ann", content: "from version 1", metaJson: '{"a":1}' };
  expect(await engine.replay(room, start, wide)).toMatchObject({ events: [{ ...kept, ...text }] });
  for (const change of [anEdit("m1", "by version 2"), aReaction("m1", "👍")])
    expect(await engine.publish(aPublish(change))).toMatchObject({ ok: true });
  const reactions = [{ emoji: "👍", count: 1, mine: true }];
  const { messages } = await engine.history(room, page);
  expect(messages).toMatchObject([{ ...kept, ...text, content: "by version 2", reactions }]);
  await engine.close();
});

test("a migration that fails leaves the database as it was", () => {
  write(versionOne);
  write("CREATE TABLE membership (theirs)");
  expect(() => openDatabase(path)).toThrow();
  const database = new Database(path, { readonly: true });
  const names = database
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all();
  expect(names.map(({ name }) => name)).not.toContain("reaction");
  expect(database.query("PRAGMA user_version").get()).toEqual({ user_version: 1 });
  database.close();
});

test("a migrated database has the schema of a new one", () => {
  const schemaOf = (database: Database) =>
    database.query("SELECT type, name, tbl_name FROM sqlite_schema ORDER BY name").all();
  write(versionOne);
  const [migrated, made] = [openDatabase(path), openDatabase(join(directory, "new.db"))];
  expect(schemaOf(migrated)).toEqual(schemaOf(made));
  for (const database of [migrated, made]) database.close();
});

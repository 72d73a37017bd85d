import { Database } from "bun:sqlite";
import { EngineUnusable } from "./engine-unusable.ts";

/**
 * The database: one row per room, one log entry per event, one record per message, one record per command.
 *
 * A log entry never holds text; the message record does, and is joined on read. Rows are appended at the right
 * edge of their trees (UUIDv7 ascend), so that a commit writes few pages; only the narrow index by (room, seq) is
 * written in many places. Commands have no index by key, because client-chosen keys are random and each would
 * dirty a page of its own: `CommandIndex` is in memory.
 */
const schema = `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  -- seq and emptied_at count only while the room has no log entry: then seq is its head.
  CREATE TABLE room (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0, emptied_at INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE log (
    id INTEGER PRIMARY KEY, room INTEGER NOT NULL, seq INTEGER NOT NULL, v INTEGER NOT NULL, kind TEXT NOT NULL,
    author TEXT NOT NULL, message TEXT NOT NULL, instance TEXT NOT NULL, socket INTEGER NOT NULL,
    command TEXT, created_at INTEGER NOT NULL, rest TEXT, UNIQUE (room, seq)
  ) STRICT;
  -- seq is that of the log entry that created the message.
  CREATE TABLE message (
    id TEXT PRIMARY KEY, room INTEGER NOT NULL, seq INTEGER NOT NULL, author_name TEXT NOT NULL,
    author_image TEXT, content TEXT NOT NULL, meta TEXT, is_edited INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE command (
    id INTEGER PRIMARY KEY, room INTEGER NOT NULL, user TEXT NOT NULL, command TEXT NOT NULL,
    hash TEXT NOT NULL, seq INTEGER NOT NULL, message TEXT NOT NULL, created_at INTEGER NOT NULL
  ) STRICT;
  INSERT INTO setting VALUES ('install_secret', randomblob(32)), ('probe', 0);
`;

const schemaVersion = 1;
/** "Hold" in ASCII: tells our databases from those of other programs. */
const applicationId = 0x486f6c64;
/** A damaged page of a file up to this size is found at start (about 1 s); of a larger one when it is read. */
const checkedBytesMax = 256 * 1024 * 1024;

/** Opens the database for writing, creating what is missing. Throws EngineUnusable or an SQLiteError. */
export function openDatabase(path: string): Database {
  const database = new Database(path, { create: true, strict: true });
  try {
    database.run("PRAGMA busy_timeout = 2000");
    requireOurs(path, database);
    configure(database);
    create(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function requireOurs(path: string, database: Database): void {
  const version = pragma(database, "user_version");
  const isEmpty = pragma(database, "schema_version") === 0;
  if (!isEmpty && pragma(database, "application_id") !== applicationId) {
    throw new EngineUnusable(`${path} is the database of another program: set DATABASE_PATH to another file`);
  }
  if (version > schemaVersion) {
    throw new EngineUnusable(
      `${path} was written by a newer version of Holdline (schema ${version}, this version knows ${schemaVersion}): run that version, or set DATABASE_PATH to another file`,
    );
  }
  if (pragma(database, "page_count") * pragma(database, "page_size") <= checkedBytesMax)
    requireSound(path, database);
}

function requireSound(path: string, database: Database): void {
  const found = database.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check ?? "";
  if (found === "ok") return;
  const detail = found.split("\n").at(-1);
  throw new EngineUnusable(`${path} is damaged (${detail}): restore it from a backup, or move it away`);
}

/** `wal_autocheckpoint` bounds the WAL to about 16 MiB. */
function configure(database: Database): void {
  database.run("PRAGMA journal_mode = WAL");
  database.run("PRAGMA synchronous = FULL");
  database.run("PRAGMA secure_delete = ON");
  database.run("PRAGMA cache_size = -65536");
  database.run("PRAGMA wal_autocheckpoint = 4000");
}

function create(database: Database): void {
  if (pragma(database, "user_version") === schemaVersion) return;
  database.transaction(() => {
    database.run(schema);
    database.run(`PRAGMA application_id = ${applicationId}`);
    database.run(`PRAGMA user_version = ${schemaVersion}`);
  })();
}

function pragma(database: Database, name: string): number {
  return Number(database.query<Record<string, number>, []>(`PRAGMA ${name}`).get()?.[name]);
}

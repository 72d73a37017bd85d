import { Database } from "bun:sqlite";
import { EngineUnusable } from "./engine-unusable.ts";
import { migrations } from "./sqlite-migrations.ts";

const schemaVersion = migrations.length;

/** How long the writer waits for another program. */
export const busyTimeoutMs = 2000;

/** "Hold" in ASCII: tells our databases from those of other programs. */
const applicationId = 0x486f6c64;
/** A damaged page of a file up to this size is found at start (about 1 s); of a larger one when it is read. */
const checkedBytesMax = 256 * 1024 * 1024;

/** Opens the database for writing, creating what is missing. Throws EngineUnusable or an SQLiteError. */
export function openDatabase(path: string): Database {
  const database = new Database(path, { create: true, strict: true });
  try {
    database.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    requireOurs(path, database);
    configure(database);
    migrate(database);
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

/** Checkpoints are our own: SqliteCheckpoint. */
function configure(database: Database): void {
  database.run("PRAGMA journal_mode = WAL");
  database.run("PRAGMA synchronous = FULL");
  database.run("PRAGMA secure_delete = ON");
  database.run("PRAGMA cache_size = -65536");
  database.run("PRAGMA wal_autocheckpoint = 0");
}

/** Makes the database, or brings an older one up to date, whole or not at all. */
function migrate(database: Database): void {
  const version = pragma(database, "user_version");
  if (version === schemaVersion) return;
  database.transaction(() => {
    for (const migration of migrations.slice(version)) database.run(migration);
    database.run(`PRAGMA application_id = ${applicationId}`);
    database.run(`PRAGMA user_version = ${schemaVersion}`);
  })();
}

function pragma(database: Database, name: string): number {
  return Number(database.query<Record<string, number>, []>(`PRAGMA ${name}`).get()?.[name]);
}

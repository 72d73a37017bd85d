import type { Database } from "bun:sqlite";
import type { Publish } from "../chat/engine.ts";
import { type CommandRecord, SqliteCommands } from "./sqlite-commands.ts";
import { type LogRoom, SqliteRooms } from "./sqlite-rooms.ts";
import { type Retention, SqliteTrimmer } from "./sqlite-trimmer.ts";

/** A command that was stored before, with the answer of that time. */
interface Repeated {
  readonly epoch: string;
  readonly record: CommandRecord;
}

/** What became of one publish: the seq it got, or what it repeats, or null: `id_conflict`. */
export type Outcome = number | Repeated | null;

export interface Appended {
  /** In the order of the publishes. */
  readonly outcomes: readonly Outcome[];
  /** Of every room in which something was stored. */
  readonly epochs: ReadonlyMap<string, string>;
}

/** `v` of the entries this version writes. */
export const envelopeVersion = 1;

/** The writer's transactions. A method that throws has changed nothing. */
export class SqliteLog {
  readonly #database: Database;
  readonly #rooms: SqliteRooms;
  readonly #commands: SqliteCommands;
  readonly #trimmer: SqliteTrimmer;
  readonly #begin;
  readonly #commit;
  readonly #dataVersion;
  readonly #insertEntry;
  readonly #insertMessage;
  readonly #updateProbe;
  /** Moves when another connection wrote; then what is remembered here may be wrong. */
  #seenVersion = 0;

  constructor(database: Database, retention: Retention) {
    this.#database = database;
    this.#rooms = new SqliteRooms(database);
    this.#commands = new SqliteCommands(database);
    this.#trimmer = new SqliteTrimmer(database, retention);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#dataVersion = database.prepare<{ data_version: number }, []>("PRAGMA data_version");
    this.#insertEntry = database.prepare(
      `INSERT INTO log (room, seq, v, kind, author, message, instance, socket, command, created_at)
       VALUES (?, ?, ${envelopeVersion}, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertMessage = database.prepare(
      "INSERT INTO message (id, room, seq, author_name, author_image, content, meta) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#updateProbe = database.prepare("UPDATE setting SET value = value + 1 WHERE name = 'probe'");
  }

  /** Stores the publishes in one transaction; they are durable when it returns. */
  append(publishes: readonly Publish[], now: number): Appended {
    return this.#transaction(() => {
      const stored = new Set<LogRoom>();
      const outcomes = publishes.map((publish) => this.#append(publish, now, stored));
      this.#trimmer.trimLong(stored, publishes.length, now);
      return { outcomes, epochs: new Map(Array.from(stored, ({ name, epoch }) => [name, epoch])) };
    });
  }

  installSecret(): Uint8Array {
    const row = this.#database
      .query<{ value: Uint8Array }, []>("SELECT value FROM setting WHERE name = 'install_secret'")
      .get();
    if (!row) throw new Error("the install secret is missing");
    return row.value;
  }

  /** Proves that the disk takes a commit. */
  probe(): void {
    this.#transaction(() => this.#updateProbe.run());
  }

  /** Deletes what has expired, one short transaction per step, so that commits fit in between. */
  *sweep(now: number): Generator<void> {
    while (this.#transaction(() => this.#commands.deleteExpired(now))) yield;
    for (
      let id = 0, page = this.#trimmer.roomsAfter(0, now);
      page.lastId > id;
      page = this.#trimmer.roomsAfter(id, now)
    ) {
      for (const name of page.due) yield* this.#trim(name, now);
      this.#deleteEmptyRooms(id, page.lastId, now);
      id = page.lastId;
      yield;
    }
  }

  /** Moves the WAL into the database and empties it: deleted text is gone from both. */
  checkpoint(): void {
    this.#database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  #append(publish: Publish, now: number, stored: Set<LogRoom>): Outcome {
    const room = this.#rooms.open(publish.room);
    const { commandId, userId, commandHash } = publish;
    const key = commandId === null ? null : { room: room.id, user: userId, command: commandId };
    const record = key && this.#commands.find(key, now);
    if (record) return record.hash === commandHash ? { epoch: room.epoch, record } : null;
    const seq = room.head + 1;
    this.#insert(room.id, seq, publish);
    if (key) this.#commands.add(key, publish, seq);
    room.head = seq;
    stored.add(room);
    return seq;
  }

  #insert(room: number, seq: number, publish: Publish): void {
    const { kind, authorId, authorName, authorImage, messageId, content, metaJson } = publish;
    const { createdAt, instance, socket, commandId } = publish;
    this.#insertEntry.run(room, seq, kind, authorId, messageId, instance, socket, commandId, createdAt);
    this.#insertMessage.run(messageId, room, seq, authorName, authorImage, content, metaJson);
  }

  *#trim(name: string, now: number): Generator<void> {
    while (this.#transaction(() => this.#trimmer.trim(this.#rooms.open(name), now))) yield;
  }

  #deleteEmptyRooms(afterId: number, lastId: number, now: number): void {
    const anyGone = this.#transaction(() => this.#trimmer.deleteEmptyRooms(afterId, lastId, now));
    if (anyGone) this.#rooms.forgetAll();
  }

  #transaction<T>(work: () => T): T {
    this.#begin.run();
    try {
      this.#refresh();
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      this.#rooms.forgetAll();
      if (this.#database.inTransaction) this.#database.run("ROLLBACK");
      throw error;
    }
  }

  #refresh(): void {
    const version = this.#dataVersion.get()?.data_version ?? 0;
    if (version === this.#seenVersion) return;
    this.#rooms.forgetAll();
    this.#commands.load();
    this.#seenVersion = version;
  }
}

import type { Database } from "bun:sqlite";
import type { Publish } from "../chat/engine.ts";
import { CommandIndex, commandTtlMs } from "./command-index.ts";

/** Who sent which command where: unique for 15 minutes. */
interface CommandKey {
  readonly room: number;
  readonly user: string;
  readonly command: string;
}

/** The record of a command: its hash, and its answer. */
export interface CommandRecord {
  readonly hash: string;
  readonly seq: number;
  readonly messageId: string;
  readonly createdAt: number;
}

interface KeyRow extends CommandKey {
  readonly id: number;
  readonly createdAt: number;
}

type InsertRow = [number, number, string, string, string, number, string, number];

const sliceRows = 2000;

/** The idempotency records: rows appended in order of time, found through an index in memory. */
export class SqliteCommands {
  readonly #index = new CommandIndex();
  /** Random, so that nobody can choose ids whose fingerprints collide. */
  readonly #seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  readonly #get;
  readonly #insert;
  readonly #keys;
  readonly #lastExpired;
  readonly #delete;
  #nextRow = 1;

  constructor(database: Database) {
    this.#get = database.prepare<CommandRecord, [number, number, string, string]>(
      `SELECT hash, seq, message AS messageId, created_at AS createdAt FROM command
       WHERE id = ? AND room = ? AND user = ? AND command = ?`,
    );
    this.#insert = database.prepare<unknown, InsertRow>(
      "INSERT INTO command VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#keys = database.prepare<KeyRow, []>(
      "SELECT id, room, user, command, created_at AS createdAt FROM command ORDER BY id",
    );
    this.#lastExpired = database.prepare<{ id: number | null }, [number, number]>(
      "SELECT max(id) AS id FROM (SELECT id, created_at FROM command ORDER BY id LIMIT ?) WHERE created_at < ?",
    );
    this.#delete = database.prepare<unknown, [number]>("DELETE FROM command WHERE id <= ?");
  }

  find(key: CommandKey, now: number): CommandRecord | null {
    for (const row of this.#index.rows(this.#fingerprint(key))) {
      const record = this.#get.get(row, key.room, key.user, key.command);
      if (record && record.createdAt >= now - commandTtlMs) return record;
    }
    return null;
  }

  add(key: CommandKey, { commandHash, messageId, createdAt }: Publish, seq: number): void {
    const row = this.#nextRow++;
    this.#index.add(this.#fingerprint(key), row, createdAt);
    this.#insert.run(row, key.room, key.user, key.command, commandHash, seq, messageId, createdAt);
  }

  /** Reads the index anew: at start, and after another process wrote. */
  load(): void {
    this.#index.clear();
    this.#nextRow = 1;
    for (const row of this.#keys.iterate()) {
      this.#index.add(this.#fingerprint(row), row.id, row.createdAt);
      this.#nextRow = row.id + 1;
    }
  }

  /** Deletes one slice of expired records; false when there was none. */
  deleteExpired(now: number): boolean {
    const id = this.#lastExpired.get(sliceRows, now - commandTtlMs)?.id ?? null;
    if (id !== null) this.#delete.run(id);
    return id !== null;
  }

  #fingerprint({ room, user, command }: CommandKey): number {
    return Bun.hash.xxHash32(`${room}\0${user}\0${command}`, this.#seed);
  }
}

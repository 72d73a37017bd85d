import type { Database } from "bun:sqlite";

/** What the writer knows of one room: its log holds the events after `tail` up to `head`. */
export interface LogRoom {
  readonly id: number;
  readonly name: string;
  readonly epoch: string;
  head: number;
  tail: number;
}

interface RoomRow {
  readonly id: number;
  readonly epoch: string;
  readonly seq: number;
  readonly first: number | null;
  readonly last: number | null;
}

const cachedMax = 20_000;

/** Finds and makes rooms, remembering the ones in use; forgets them whenever the memory may be wrong. */
export class SqliteRooms {
  readonly #cached = new Map<string, LogRoom>();
  readonly #find;
  readonly #insert;

  constructor(database: Database) {
    this.#find = database.prepare<RoomRow, [string]>(
      `SELECT id, epoch, seq, (SELECT min(seq) FROM log WHERE room = room.id) AS first,
         (SELECT max(seq) FROM log WHERE room = room.id) AS last FROM room WHERE name = ?`,
    );
    this.#insert = database.prepare<unknown, [string, string]>(
      "INSERT INTO room (name, epoch) VALUES (?, ?)",
    );
  }

  /** The room; one that was not there begins a log with a new epoch. */
  open(name: string): LogRoom {
    return this.find(name) ?? this.#remember(this.#make(name));
  }

  find(name: string): LogRoom | null {
    const cached = this.#cached.get(name);
    if (cached) return cached;
    const room = this.#read(name);
    return room && this.#remember(room);
  }

  forgetAll(): void {
    this.#cached.clear();
  }

  #remember(room: LogRoom): LogRoom {
    if (this.#cached.size >= cachedMax) this.#cached.clear();
    this.#cached.set(room.name, room);
    return room;
  }

  #read(name: string): LogRoom | null {
    const row = this.#find.get(name);
    if (!row) return null;
    const head = row.last ?? row.seq;
    return { id: row.id, name, epoch: row.epoch, head, tail: (row.first ?? head + 1) - 1 };
  }

  #make(name: string): LogRoom {
    const epoch = crypto.getRandomValues(Buffer.alloc(12)).toString("base64url");
    const { lastInsertRowid } = this.#insert.run(name, epoch);
    return { id: Number(lastInsertRowid), name, epoch, head: 0, tail: 0 };
  }
}

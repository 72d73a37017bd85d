import type { Database } from "bun:sqlite";
import type { Seen } from "../chat/engine-people.ts";
import { type EventRow, eventColumns } from "./sqlite-history.ts";

export interface ExportedRoom {
  readonly id: number;
  readonly name: string;
  readonly epoch: string;
  /** Its head. */
  readonly seq: number;
}

export interface ExportedReaction {
  readonly id: number;
  readonly emoji: string;
  readonly userId: string;
  readonly userName: string;
  readonly userImage: string | null;
  readonly createdAt: number;
}

export interface ExportedMembership {
  readonly room: string;
  readonly userId: string;
  readonly isMember: number;
  readonly changedAt: number;
}

export interface ExportedBlock {
  readonly userId: string;
  readonly otherId: string;
  readonly createdAt: number;
}

/** Everything that a database holds, in slices. */
export class SqliteExport {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  rooms(): readonly ExportedRoom[] {
    return this.#database
      .query<ExportedRoom, []>(
        `SELECT id, name, epoch, coalesce((SELECT max(seq) FROM log WHERE room = room.id), seq) AS seq
         FROM room ORDER BY id`,
      )
      .all();
  }

  /** Entries after a seq, with the texts of their messages. */
  eventsAfter(room: number, seq: number, limit: number): readonly EventRow[] {
    return this.#database
      .query<EventRow, [number, number, number]>(
        `SELECT ${eventColumns} FROM log LEFT JOIN message ON message.id = log.message AND message.room = log.room
         WHERE log.room = ? AND log.seq > ? ORDER BY log.seq LIMIT ?`,
      )
      .all(room, seq, limit);
  }

  /** Reactions to the message that was made at a seq, in order of time. */
  reactionsTo(room: number, seq: number): readonly ExportedReaction[] {
    return this.#database
      .query<ExportedReaction, [number, number]>(
        `SELECT id, emoji, user AS userId, user_name AS userName, user_image AS userImage, created_at AS createdAt
         FROM reaction WHERE room = ? AND seq = ? ORDER BY id`,
      )
      .all(room, seq);
  }

  memberships(): readonly ExportedMembership[] {
    return this.#database
      .query<ExportedMembership, []>(
        "SELECT room, user AS userId, is_member AS isMember, changed_at AS changedAt FROM membership",
      )
      .all();
  }

  blocks(): readonly ExportedBlock[] {
    return this.#database
      .query<ExportedBlock, []>("SELECT user AS userId, other AS otherId, created_at AS createdAt FROM block")
      .all();
  }

  seen(): readonly Seen[] {
    return this.#database.query<Seen, []>("SELECT user AS userId, at FROM seen").all();
  }

  installSecret(): Uint8Array {
    const row = this.#database
      .query<{ value: Uint8Array }, []>("SELECT value FROM setting WHERE name = 'install_secret'")
      .get();
    if (!row) throw new Error("the install secret is missing");
    return row.value;
  }
}

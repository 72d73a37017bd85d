import type { Database } from "bun:sqlite";
import type { LogRoom } from "./sqlite-rooms.ts";

/** How much of a room's log is kept. 0: all of it. */
export interface Retention {
  readonly historyMessagesMax: number;
  readonly historyTtlMs: number;
}

export interface RoomPage {
  /** Rooms of which something may have to go. */
  readonly due: readonly string[];
  readonly lastId: number;
}

interface RoomRow {
  readonly id: number;
  readonly name: string;
  readonly length: number | null;
  readonly firstAt: number | null;
}

const sliceEntries = 500;
const pageRooms = 500;
/** A log may be longer than it should by this much before a commit trims it, so that it does so in runs. */
const slackEntries = 128;
const emptyRoomTtlMs = 24 * 60 * 60_000;

/** Deletes the oldest entries of a log with the messages they made and reactions to them, always a prefix, always a bounded slice. */
export class SqliteTrimmer {
  readonly #retention: Retention;
  readonly #page;
  readonly #oldest;
  readonly #deleteMessages;
  readonly #deleteReactions;
  readonly #deleteCounts;
  readonly #deleteEntries;
  readonly #markEmpty;
  readonly #deleteEmpty;

  constructor(database: Database, retention: Retention) {
    this.#retention = retention;
    this.#page = database.prepare<RoomRow, [number, number]>(
      `SELECT room.id, room.name, first.created_at AS firstAt,
         (SELECT max(seq) FROM log WHERE room = room.id) - first.seq + 1 AS length
       FROM room LEFT JOIN log AS first
         ON first.room = room.id AND first.seq = (SELECT min(seq) FROM log WHERE room = room.id)
       WHERE room.id > ? ORDER BY room.id LIMIT ?`,
    );
    this.#oldest = database.prepare<{ createdAt: number }, [number, number]>(
      "SELECT created_at AS createdAt FROM log WHERE room = ? ORDER BY seq LIMIT ?",
    );
    this.#deleteMessages = database.prepare<unknown, [number, number]>(
      "DELETE FROM message WHERE (id, room) IN (SELECT message, room FROM log WHERE room = ? AND seq <= ?)",
    );
    this.#deleteReactions = database.prepare<unknown, [number, number]>(
      "DELETE FROM reaction WHERE room = ? AND seq <= ?",
    );
    this.#deleteCounts = database.prepare<unknown, [number, number]>(
      "DELETE FROM reaction_count WHERE room = ? AND seq <= ?",
    );
    this.#deleteEntries = database.prepare<unknown, [number, number]>(
      "DELETE FROM log WHERE room = ? AND seq <= ?",
    );
    this.#markEmpty = database.prepare<unknown, [number, number, number]>(
      "UPDATE room SET seq = ?, emptied_at = ? WHERE id = ?",
    );
    this.#deleteEmpty = database.prepare<unknown, [number, number, number]>(
      `DELETE FROM room WHERE id > ? AND id <= ? AND emptied_at < ?
         AND NOT EXISTS (SELECT 1 FROM log WHERE room = room.id)`,
    );
  }

  /** What a commit of `stored` events does on the way: twice as much as it added, so that a backlog shrinks. */
  trimLong(rooms: Iterable<LogRoom>, stored: number, now: number): void {
    let budget = 2 * stored + slackEntries;
    for (const room of rooms) {
      const excess = this.#excess(room);
      if (excess < slackEntries || budget <= 0) continue;
      this.#trim(room, Math.min(excess, budget), now);
      budget -= excess;
    }
  }

  /** Deletes one slice of what is too old or too much; false when there was nothing. */
  trim(room: LogRoom, now: number): boolean {
    const count = Math.min(sliceEntries, Math.max(this.#excess(room), this.#expired(room, now)));
    if (count > 0) this.#trim(room, count, now);
    return count > 0;
  }

  roomsAfter(id: number, now: number): RoomPage {
    const rows = this.#page.all(id, pageRooms);
    const due = rows.filter((row) => this.#isDue(row, now)).map((row) => row.name);
    return { due, lastId: rows.at(-1)?.id ?? id };
  }

  /** Rooms in (afterId, lastId] whose log has been empty for a day; true when there were any. */
  deleteEmptyRooms(afterId: number, lastId: number, now: number): boolean {
    return this.#deleteEmpty.run(afterId, lastId, now - emptyRoomTtlMs).changes > 0;
  }

  #isDue({ length, firstAt }: RoomRow, now: number): boolean {
    const { historyMessagesMax, historyTtlMs } = this.#retention;
    const isLong = historyMessagesMax > 0 && (length ?? 0) > historyMessagesMax;
    return isLong || (historyTtlMs > 0 && firstAt !== null && firstAt < now - historyTtlMs);
  }

  #excess(room: LogRoom): number {
    const { historyMessagesMax } = this.#retention;
    return historyMessagesMax > 0 ? room.head - room.tail - historyMessagesMax : 0;
  }

  /** How many of the oldest entries are too old, up to a slice. */
  #expired(room: LogRoom, now: number): number {
    const { historyTtlMs } = this.#retention;
    if (historyTtlMs === 0) return 0;
    const oldest = this.#oldest.all(room.id, sliceEntries);
    const kept = oldest.findIndex(({ createdAt }) => createdAt >= now - historyTtlMs);
    return kept < 0 ? oldest.length : kept;
  }

  #trim(room: LogRoom, count: number, now: number): void {
    const through = room.tail + count;
    this.#deleteMessages.run(room.id, through);
    this.#deleteReactions.run(room.id, through);
    this.#deleteCounts.run(room.id, through);
    this.#deleteEntries.run(room.id, through);
    room.tail = through;
    if (room.tail === room.head) this.#markEmpty.run(room.head, now, room.id);
  }
}

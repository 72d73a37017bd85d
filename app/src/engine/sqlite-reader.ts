import type { Database } from "bun:sqlite";
import type {
  HistoryBounds,
  HistoryPage,
  Position,
  Replay,
  ReplayBounds,
  ResetReason,
  StoredEvent,
} from "../chat/engine.ts";
import { type EventRow, eventColumns, preparePages, toEvent, toMessage } from "./sqlite-history.ts";
import type { Retention } from "./sqlite-trimmer.ts";

interface Head extends Position {
  readonly id: number;
}

/** Reads on a connection of its own; what one call answers is one snapshot. */
export class SqliteReader {
  readonly #retention: Retention;
  readonly #now: () => number;
  readonly #head;
  readonly #firstSeq;
  readonly #eventsAfter;
  readonly #messagesBefore;
  readonly #begin;
  readonly #commit;

  constructor(database: Database, retention: Retention, now: () => number) {
    this.#retention = retention;
    this.#now = now;
    this.#begin = database.prepare("BEGIN");
    this.#commit = database.prepare("COMMIT");
    this.#head = database.prepare<Head, [string]>(
      "SELECT id, epoch, coalesce((SELECT max(seq) FROM log WHERE room = room.id), seq) AS seq FROM room WHERE name = ?",
    );
    this.#firstSeq = database.prepare<{ seq: number | null }, [number]>(
      "SELECT min(seq) AS seq FROM log WHERE room = ?",
    );
    this.#eventsAfter = database.prepare<EventRow, [number, number, number]>(
      `SELECT ${eventColumns} FROM log LEFT JOIN message ON message.id = log.message AND message.room = log.room
       WHERE log.room = ? AND log.seq > ? ORDER BY log.seq LIMIT ?`,
    );
    this.#messagesBefore = preparePages(database);
  }

  head(room: string): Position {
    const { epoch, seq } = this.#headOf(room);
    return { epoch, seq };
  }

  replay(room: string, after: Position, bounds: ReplayBounds): Replay {
    return this.#snapshot(() => {
      const head = this.#headOf(room);
      const { epoch, seq } = head;
      const events = this.#mayReplay(head, after, bounds) ?? this.#missed(head, after.seq, bounds);
      if (typeof events === "string") return { recovered: false, reason: events, epoch, seq };
      return { recovered: true, epoch, seq, events, isComplete: after.seq + events.length === seq };
    });
  }

  history(room: string, bounds: HistoryBounds): HistoryPage {
    return this.#snapshot(() => {
      const head = this.#headOf(room);
      // The query takes 40 µs to find nothing, as everybody does who is the first to join a room.
      if (head.seq === 0) return { epoch: head.epoch, seq: 0, messages: [], hasMore: false };
      const rows = this.#messagesBefore({
        room: head.id,
        floor: this.#floor(head),
        before: Math.min(bounds.before ?? head.seq + 1, head.seq + 1),
        oldest: this.#oldest(),
        hidden: JSON.stringify(bounds.hidden),
        viewer: bounds.viewerId,
        limit: bounds.limit + 1,
      });
      const { taken, hasMore } = take(rows, bounds.limit, bounds.textUnitsMax);
      const messages = taken.reverse().map((row) => toMessage(row, head.epoch));
      return { epoch: head.epoch, seq: head.seq, messages, hasMore };
    });
  }

  #headOf(room: string): Head {
    return this.#head.get(room) ?? { id: 0, epoch: "", seq: 0 };
  }

  /** Why the position cannot be replayed, as far as its numbers tell; null if it may be. */
  #mayReplay(head: Head, after: Position, { replayMax }: ReplayBounds): ResetReason | null {
    const isStart = after.epoch === "" && after.seq === 0;
    if (!isStart && (after.epoch !== head.epoch || after.seq > head.seq)) return "epoch";
    if (after.seq < this.#floor(head)) return "trimmed";
    return head.seq - after.seq > replayMax ? "too_far" : null;
  }

  #missed(head: Head, seq: number, bounds: ReplayBounds): StoredEvent[] | ResetReason {
    if (seq === head.seq) return [];
    const first = this.#firstSeq.get(head.id)?.seq ?? head.seq + 1;
    if (seq + 1 < first) return "trimmed";
    const rows = this.#eventsAfter.iterate(head.id, seq, bounds.eventsMax);
    const { taken } = take(rows, bounds.eventsMax, bounds.textUnitsMax);
    const events = taken.map((row) => toEvent(row, head.epoch));
    const oldest = this.#oldest();
    return events.some((event) => event.createdAt < oldest) ? "trimmed" : events;
  }

  /** No event up to this seq is shown, even if the trimmer has not come to it. */
  #floor(head: Head): number {
    const { historyMessagesMax } = this.#retention;
    return historyMessagesMax > 0 ? Math.max(0, head.seq - historyMessagesMax) : 0;
  }

  /** No event older than this is shown. */
  #oldest(): number {
    const { historyTtlMs } = this.#retention;
    return historyTtlMs > 0 ? this.#now() - historyTtlMs : 0;
  }

  #snapshot<T>(read: () => T): T {
    this.#begin.run();
    try {
      return read();
    } finally {
      this.#commit.run();
    }
  }
}

/** Takes rows until a bound is met. */
function take<Row extends EventRow>(rows: Iterable<Row>, eventsMax: number, textUnitsMax: number) {
  const taken: Row[] = [];
  let textUnits = 0;
  for (const row of rows) {
    if (taken.length >= eventsMax || textUnits >= textUnitsMax) return { taken, hasMore: true };
    taken.push(row);
    textUnits += (row.content?.length ?? 0) + (row.metaJson?.length ?? 0);
  }
  return { taken, hasMore: false };
}

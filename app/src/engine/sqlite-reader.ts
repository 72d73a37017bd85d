import { Database } from "bun:sqlite";
import type {
  HistoryBounds,
  HistoryPage,
  Position,
  Replay,
  ReplayBounds,
  ResetReason,
  StoredEvent,
} from "../chat/engine.ts";
import type { Retention } from "./sqlite-trimmer.ts";

interface Head extends Position {
  readonly id: number;
}

type EventRow = Omit<StoredEvent, "epoch" | "isEdited"> & { readonly isEdited: number };

const eventColumns = `log.v, log.seq, log.kind, log.author AS authorId, log.message AS messageId, log.instance, log.socket,
  log.command AS commandId, log.created_at AS createdAt, log.rest, coalesce(author_name, '') AS authorName,
  author_image AS authorImage, content, meta AS metaJson, coalesce(is_edited, 0) AS isEdited`;

/** Reads on a connection of its own; what one call answers is one snapshot. */
export class SqliteReader {
  readonly #database: Database;
  readonly #retention: Retention;
  readonly #now: () => number;
  readonly #head;
  readonly #firstSeq;
  readonly #eventsAfter;
  readonly #messagesBefore;
  readonly #begin;
  readonly #commit;

  constructor(path: string, retention: Retention, now: () => number) {
    this.#retention = retention;
    this.#now = now;
    this.#database = new Database(path, { readonly: true, strict: true });
    this.#database.run("PRAGMA busy_timeout = 100");
    this.#begin = this.#database.prepare("BEGIN");
    this.#commit = this.#database.prepare("COMMIT");
    this.#head = this.#database.prepare<Head, [string]>(
      "SELECT id, epoch, coalesce((SELECT max(seq) FROM log WHERE room = room.id), seq) AS seq FROM room WHERE name = ?",
    );
    this.#firstSeq = this.#database.prepare<{ seq: number | null }, [number]>(
      "SELECT min(seq) AS seq FROM log WHERE room = ?",
    );
    this.#eventsAfter = this.#database.prepare<EventRow, [number, number, number]>(
      `SELECT ${eventColumns} FROM log LEFT JOIN message ON message.id = log.message
       WHERE log.room = ? AND log.seq > ? ORDER BY log.seq LIMIT ?`,
    );
    this.#messagesBefore = this.#database.prepare<EventRow, [number, number, number, number, number]>(
      `SELECT ${eventColumns} FROM log CROSS JOIN message ON message.id = log.message AND message.seq = log.seq
       WHERE log.room = ? AND log.seq > ? AND log.seq < ? AND log.created_at >= ? ORDER BY log.seq DESC LIMIT ?`,
    );
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
      const before = Math.min(bounds.before ?? head.seq + 1, head.seq + 1);
      const rows = this.#messagesBefore.iterate(
        head.id,
        this.#floor(head),
        before,
        this.#oldest(),
        bounds.limit + 1,
      );
      const { events, hasMore } = take(rows, head.epoch, bounds.limit, bounds.textUnitsMax);
      return { epoch: head.epoch, seq: head.seq, messages: events.reverse(), hasMore };
    });
  }

  close(): void {
    this.#database.close();
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
    const { events } = take(rows, head.epoch, bounds.eventsMax, bounds.textUnitsMax);
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
function take(rows: Iterable<EventRow>, epoch: string, eventsMax: number, textUnitsMax: number) {
  const events: StoredEvent[] = [];
  let textUnits = 0;
  for (const row of rows) {
    if (events.length >= eventsMax || textUnits >= textUnitsMax) return { events, hasMore: true };
    events.push({ ...row, epoch, isEdited: row.isEdited === 1 });
    textUnits += (row.content?.length ?? 0) + (row.metaJson?.length ?? 0);
  }
  return { events, hasMore: false };
}

/**
 * The port between chat logic and what instances share: the durable log of each room and the bus that carries
 * what was stored. Every engine passes `test/engine/contract.ts`.
 *
 * An engine MUST number a room's events densely from 1, store before it resolves or announces, and call the
 * listener once for all that one commit stored in one room, ascending. The bus MAY lose, repeat or reorder
 * calls; the log MUST NOT. A listener call MAY come before or after the promise of the same publish resolves.
 */

/** The engine cannot answer now; what it was asked to do may or may not have happened. */
export class EngineUnavailable extends Error {
  override readonly name = "EngineUnavailable";
}

/** A place in a room's log. A room without a log is at `{epoch: "", seq: 0}`, which is valid in any epoch. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** The opaque part of an event that only its kind understands; stored and delivered unchanged. */
type Opaque = string | null;

/** What a publish asks to store. Lengths are checked by the caller; `createdAt` is ms since 1970. */
export interface Publish {
  readonly room: string;
  /** The event's type on the wire, such as `chat_message`. */
  readonly kind: string;
  /** Who asked: owner of the idempotency key. */
  readonly userId: string;
  readonly authorId: string;
  readonly authorName: string;
  readonly authorImage: string | null;
  /** UUIDv7. */
  readonly messageId: string;
  readonly content: string;
  /** JSON text of `meta`, or null. */
  readonly metaJson: string | null;
  readonly createdAt: number;
  /** The instance and socket that carried the command; socket 0 is none. */
  readonly instance: string;
  readonly socket: number;
  /** The command's `id`: unique per (userId, room) for 15 minutes. Null: not deduplicated. */
  readonly commandId: string | null;
  /** Hash of the command; the same id with another hash is `id_conflict`. */
  readonly commandHash: string;
}

/** One entry of a room's log with its message's present text joined to it. */
export interface StoredEvent {
  /** Version of the envelope. */
  readonly v: number;
  readonly epoch: string;
  readonly seq: number;
  readonly kind: string;
  readonly authorId: string;
  readonly authorName: string;
  readonly authorImage: string | null;
  readonly messageId: string;
  /** Null: the text is gone, and the event is delivered as `skipped`. */
  readonly content: string | null;
  readonly metaJson: string | null;
  readonly isEdited: boolean;
  readonly createdAt: number;
  readonly instance: string;
  readonly socket: number;
  readonly commandId: string | null;
  /** JSON text of the payload's further fields, for kinds that have any. */
  readonly rest: Opaque;
}

export type PublishResult =
  | {
      readonly ok: true;
      readonly epoch: string;
      readonly seq: number;
      readonly messageId: string;
      readonly createdAt: number;
      /** True: this command was stored before; the answer is the one of that time. */
      readonly duplicate: boolean;
    }
  /** `id_conflict`: nothing stored. `unavailable`: outcome unknown, repeat with the same id. */
  | { readonly ok: false; readonly code: "id_conflict" | "unavailable" };

export interface ReplayBounds {
  /** More missed events than this is `too_far`. 0–10,000. */
  readonly replayMax: number;
  /** At most this many events in one answer. */
  readonly eventsMax: number;
  /** Stop after this many UTF-16 units of content and meta (the event that crosses it is included). */
  readonly textUnitsMax: number;
}

/** Why a position could not be replayed. */
export type ResetReason = "new" | "epoch" | "trimmed" | "too_far";

export type Replay =
  /** `events` are dense from the position's seq + 1; `isComplete` says that they reach `seq`, the log's head. */
  | {
      readonly recovered: true;
      readonly epoch: string;
      readonly seq: number;
      readonly events: readonly StoredEvent[];
      readonly isComplete: boolean;
    }
  | { readonly recovered: false; readonly reason: ResetReason; readonly epoch: string; readonly seq: number };

/** Messages whose text exists, oldest first. `epoch` and `seq`: the log position that the page shows. */
export interface HistoryPage {
  readonly epoch: string;
  readonly seq: number;
  readonly messages: readonly StoredEvent[];
  readonly hasMore: boolean;
}

export interface HistoryBounds {
  /** Only messages with a lower seq. Null: from the head. */
  readonly before: number | null;
  /** 1–100. */
  readonly limit: number;
  /** As in ReplayBounds; the newest messages are kept, at least one. */
  readonly textUnitsMax: number;
}

export interface EngineListener {
  /** What one commit stored in one subscribed room, ascending by seq. MUST NOT be called re-entrantly. */
  stored(room: string, events: readonly StoredEvent[]): void;
  /** The engine went down (with why, for the log) or came back (null). Called only on a change. */
  availabilityChanged(fault: Error | null): void;
}

export interface Engine {
  readonly name: "embedded" | "redis";
  /** MUST be called once, before anything else. */
  listen(listener: EngineListener): void;
  /**
   * Stores one event. Publishes of one caller to one room are stored in the order of the calls. Never rejects.
   * Bounded: past the engine's limit of waiting publishes it resolves `unavailable` at once.
   */
  publish(publish: Publish): Promise<PublishResult>;
  /** From when it resolves, the listener hears what is stored in the room. Subscribing twice is one subscription. */
  subscribe(room: string): Promise<void>;
  unsubscribe(room: string): void;
  /** Where the log's head is. Writes nothing. Rejects with EngineUnavailable. */
  head(room: string): Promise<Position>;
  /** What came after a position, complete up to the answer's seq. Rejects with EngineUnavailable. */
  replay(room: string, after: Position, bounds: ReplayBounds): Promise<Replay>;
  /** Rejects with EngineUnavailable. */
  history(room: string, bounds: HistoryBounds): Promise<HistoryPage>;
  /** 32 random bytes, made once for all instances. */
  installSecret(): Promise<Uint8Array>;
  /** Resolves when something sent through the engine came back: proof that it works. Rejects otherwise. */
  probe(): Promise<void>;
  /** Stores what is waiting, then lets go of everything. */
  close(): Promise<void>;
}

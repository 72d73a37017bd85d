import type { OtherInstances } from "./engine-instances.ts";
import type {
  Block,
  ControlAuthor,
  ControlChange,
  ControlResult,
  Member,
  Membership,
  Page,
  PageBounds,
  Reactor,
  ReactorBounds,
  Seen,
} from "./engine-people.ts";

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

/**
 * What appends to a room's log. `chat_message` and `notification` make a message record; the others change the
 * record of `messageId`, which has to exist in that room.
 */
export type WriteKind = "chat_message" | "notification" | "message_edit" | "message_delete" | "reaction";

export interface Reaction {
  readonly emoji: string;
  readonly action: "add" | "remove";
}

/** What a publish asks to store. Lengths are checked by the caller; `createdAt` is ms since 1970. */
export interface Publish {
  readonly room: string;
  /** The event's type on the wire, such as `chat_message`. */
  readonly kind: WriteKind;
  /** Who asked: owner of the idempotency key, and of what they may change. */
  readonly userId: string;
  /** Who is shown as having done it. */
  readonly authorId: string;
  readonly authorName: string;
  readonly authorImage: string | null;
  /** UUIDv7: of the new message, or of the one that is edited, deleted or reacted to. */
  readonly messageId: string;
  /** Text of a message or an edit, JSON text of a notification's payload, else null. */
  readonly content: string | null;
  /** JSON text of `meta`, or null. Null in an edit leaves the message's meta as it is. */
  readonly metaJson: string | null;
  readonly reaction?: Reaction;
  /** True: may edit and delete what others wrote. */
  readonly isModerator?: boolean;
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
  /** As it was when the message was made; empty, and without an image, in an event that makes none. */
  readonly authorName: string;
  readonly authorImage: string | null;
  readonly messageId: string;
  /** Who wrote the message that this event changes; null where it makes one, or where that is gone. */
  readonly messageAuthorId: string | null;
  /** The message's present text. Null: it is gone, and an event that shows text is delivered as `skipped`. */
  readonly content: string | null;
  readonly metaJson: string | null;
  readonly isEdited: boolean;
  readonly createdAt: number;
  readonly instance: string;
  readonly socket: number;
  readonly commandId: string | null;
  /**
   * Stored and delivered unchanged: JSON text of the payload's further fields, for kinds that have any: a `Reaction`, a `ControlChange` without
   * its kind, all fields of a kind that this version does not know.
   */
  readonly rest: string | null;
}

export type PublishResult =
  | {
      readonly ok: true;
      readonly epoch: string;
      readonly seq: number;
      readonly messageId: string;
      readonly createdAt: number;
      /**
       * True: this command was stored before, and the answer is the one of that time; or it was a reaction that
       * changes nothing, which stores no event, and seq is the log's head.
       */
      readonly duplicate: boolean;
    }
  /**
   * `unavailable`: outcome unknown, repeat with the same id. Else nothing was stored: `not_found`: no such message
   * in this room; `forbidden`: somebody else's; `too_large`: a 21st emoji.
   */
  | {
      readonly ok: false;
      readonly code: "id_conflict" | "unavailable" | "not_found" | "forbidden" | "too_large";
    };

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

/** Reactions of one kind to one message, from whom the viewer may see. */
export interface ReactionCount {
  readonly emoji: string;
  /** ≥ 1. */
  readonly count: number;
  readonly mine: boolean;
}

export interface StoredMessage extends StoredEvent {
  /** In the order in which the emojis were first used. */
  readonly reactions: readonly ReactionCount[];
}

/** Messages whose text exists, oldest first. `epoch` and `seq`: the log position that the page shows. */
export interface HistoryPage {
  readonly epoch: string;
  readonly seq: number;
  readonly messages: readonly StoredMessage[];
  readonly hasMore: boolean;
}

export interface HistoryBounds {
  /** Only messages with a lower seq. Null: from the head. */
  readonly before: number | null;
  /** 1–100. */
  readonly limit: number;
  /** As in ReplayBounds; the newest messages are kept, at least one. */
  readonly textUnitsMax: number;
  /** Whose reactions are `mine`. */
  readonly viewerId: string;
  /** Users whose messages and reactions are left out. */
  readonly hidden: readonly string[];
}

export interface EngineListener {
  /** What one commit stored in one subscribed room, ascending by seq. MUST NOT be called re-entrantly. */
  stored(room: string, events: readonly StoredEvent[]): void;
  /** The engine is down (with why, for the log) or came back (null). Called on a change, and by `listen` where it is down. */
  availabilityChanged(fault: Error | null): void;
}

export interface EngineConnections {
  readonly publisherConnected: boolean;
  readonly subscriberConnected: boolean;
  readonly subscribedChannels: number;
  /** Of a cluster: each by itself. */
  readonly nodes?: readonly (Omit<EngineConnections, "subscribedChannels"> & { readonly address: string })[];
}

export interface Engine {
  readonly name: "embedded" | "redis";
  readonly others: OtherInstances;
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
  /** Of many rooms, in their order; undefined: not known now. Null: the bus loses nothing. Rejects as `head` does. */
  readonly heads: ((rooms: readonly string[]) => Promise<readonly (Position | undefined)[]>) | null;
  /** What came after a position, complete up to the answer's seq. Rejects with EngineUnavailable. */
  replay(room: string, after: Position, bounds: ReplayBounds): Promise<Replay>;
  /** Rejects with EngineUnavailable. */
  history(room: string, bounds: HistoryBounds): Promise<HistoryPage>;
  /** Who reacted to a message, ordered by emoji and time. Null: no such message. Rejects with EngineUnavailable. */
  reactors(room: string, messageId: string, bounds: ReactorBounds): Promise<Page<Reactor> | null>;
  /**
   * Stores a change and its entry in the control log in one transaction, as durable as a publish. A removal is
   * recorded also of somebody who was no member, since a token may say otherwise. Never rejects.
   */
  control(change: ControlChange, author: ControlAuthor): Promise<ControlResult>;
  /** Null: nothing was ever decided. Rejects with EngineUnavailable, as do the reads below. */
  membership(room: string, userId: string): Promise<Membership | null>;
  /** Members that were added, ordered by user id. */
  members(room: string, bounds: PageBounds): Promise<Page<Member>>;
  /** Groups that the user was added to, or removed from (`isMember` false), ordered by name. */
  groupsOf(userId: string, bounds: PageBounds): Promise<Page<Membership & { readonly room: string }>>;
  /** Whom the user blocked, ordered by user id. */
  blocksBy(userId: string, bounds: PageBounds): Promise<Page<Block>>;
  /** Everybody whom the user blocked or who blocked the user, in no order. */
  blockRelations(userId: string): Promise<readonly string[]>;
  /** Remembers when users were last connected; may be lost in a crash. */
  noteSeen(seen: readonly Seen[]): Promise<void>;
  /** Null: never, or too long ago. */
  lastSeen(userId: string): Promise<number | null>;
  /** 32 random bytes, made once for all instances. */
  installSecret(): Promise<Uint8Array>;
  /** What the engine is connected to. Null: nothing, it is part of this process. */
  readonly connections: EngineConnections | null;
  /** Resolves when something sent through the engine came back: proof that it works. Rejects otherwise. */
  probe(): Promise<void>;
  /** Stores what is waiting, then lets go of everything. */
  close(): Promise<void>;
}

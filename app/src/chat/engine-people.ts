/** What engines keep of people, and what all instances have to know of: parts of the port in `engine.ts`. */

/** A part of a list in a fixed order. */
export interface PageBounds {
  /** `next` of the page before; null: from the beginning. */
  readonly after: string | null;
  /** ≥ 1. */
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null: there is no more. */
  readonly next: string | null;
}

export interface Reactor {
  readonly emoji: string;
  readonly userId: string;
  readonly userName: string;
  readonly userImage: string | null;
  readonly createdAt: number;
}

/** What was last decided about a user in a group. */
export interface Membership {
  readonly isMember: boolean;
  readonly changedAt: number;
}

export interface Member {
  readonly userId: string;
  readonly addedAt: number;
}

export interface Block {
  /** Whom the user blocked. */
  readonly userId: string;
  readonly createdAt: number;
}

/** The room name of the control log, for `subscribe`, `head` and `replay`; no client's room is called so. */
export const controlRoom = "control";

/** What every instance has to know of; an entry of the control log, whose `rest` are its fields without `kind`. */
export type ControlChange =
  | { readonly kind: "member_added" | "member_removed"; readonly room: string; readonly userId: string }
  /** `userId` does not want to see `otherId`. */
  | { readonly kind: "block_added" | "block_removed"; readonly userId: string; readonly otherId: string }
  | { readonly kind: "user_disconnected"; readonly userId: string }
  /** The session's newest socket is on this instance now; `generation` as in `SessionVerdict`. */
  | {
      readonly kind: "session_moved";
      readonly userId: string;
      readonly connectionId: string;
      readonly instance: string;
      readonly generation: number;
    };

export type ControlResult =
  /** `isChange` false: it was so already, nothing was stored, and the position is the log's head. */
  | { readonly ok: true; readonly epoch: string; readonly seq: number; readonly isChange: boolean }
  /** `too_large`: the 1,001st block. `unavailable`: outcome unknown; repeating does no harm. */
  | { readonly ok: false; readonly code: "too_large" | "unavailable" };

export interface ReactorBounds extends PageBounds {
  /** Null: any. */
  readonly emoji: string | null;
  readonly hidden: readonly string[];
}

/** Who caused a control change, and when. */
export interface ControlAuthor {
  readonly userId: string;
  readonly at: number;
  readonly instance: string;
}

/** When a user's last socket closed. */
export interface Seen {
  readonly userId: string;
  readonly at: number;
}

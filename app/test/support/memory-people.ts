import type {
  Block,
  ControlChange,
  Member,
  Membership,
  Page,
  PageBounds,
  Seen,
} from "../../src/chat/engine-people.ts";
import { limits } from "../../src/protocol/limits.ts";

/** Memberships, blocks and when people were last seen. */
export class MemoryPeople {
  /** By room, then by user. */
  readonly #memberships = new Map<string, Map<string, Membership>>();
  /** By the user who blocks, then by the blocked. */
  readonly #blocks = new Map<string, Map<string, number>>();
  readonly #seen = new Map<string, number>();

  /** Whether it changes anything. */
  apply(change: ControlChange, at: number): boolean | "too_large" {
    switch (change.kind) {
      case "member_added":
        return this.#decide(change.room, change.userId, { isMember: true, changedAt: at });
      case "member_removed":
        return this.#decide(change.room, change.userId, { isMember: false, changedAt: at });
      case "block_added":
        return this.#block(change.userId, change.otherId, at);
      case "block_removed":
        return this.#blocks.get(change.userId)?.delete(change.otherId) === true;
      case "user_disconnected":
      case "session_moved":
        return true;
      default:
        return change satisfies never;
    }
  }

  #decide(room: string, userId: string, membership: Membership): boolean {
    const ofRoom = this.#memberships.get(room) ?? new Map<string, Membership>();
    this.#memberships.set(room, ofRoom);
    if (membership.isMember && ofRoom.get(userId)?.isMember === true) return false;
    ofRoom.set(userId, membership);
    return true;
  }

  #block(userId: string, otherId: string, at: number): boolean | "too_large" {
    const blocked = this.#blocks.get(userId) ?? new Map<string, number>();
    if (blocked.has(otherId)) return false;
    if (blocked.size >= limits.blocks) return "too_large";
    this.#blocks.set(userId, blocked.set(otherId, at));
    return true;
  }

  membership(room: string, userId: string): Membership | null {
    return this.#memberships.get(room)?.get(userId) ?? null;
  }

  members(room: string, bounds: PageBounds): Page<Member> {
    const members = [...(this.#memberships.get(room) ?? [])]
      .filter(([, { isMember }]) => isMember)
      .map(([userId, { changedAt }]) => ({ userId, addedAt: changedAt }));
    return pageOf(members, ({ userId }) => userId, bounds);
  }

  groupsOf(userId: string, bounds: PageBounds): Page<Membership & { readonly room: string }> {
    const groups = [...this.#memberships].flatMap(([room, ofRoom]) => {
      const membership = ofRoom.get(userId);
      return membership === undefined ? [] : [{ room, ...membership }];
    });
    return pageOf(groups, ({ room }) => room, bounds);
  }

  blocksBy(userId: string, bounds: PageBounds): Page<Block> {
    const blocks = Array.from(this.#blocks.get(userId) ?? [], ([other, createdAt]) => ({
      userId: other,
      createdAt,
    }));
    return pageOf(blocks, (block) => block.userId, bounds);
  }

  blockRelations(userId: string): readonly string[] {
    const blockers = [...this.#blocks].filter(([, blocked]) => blocked.has(userId)).map(([user]) => user);
    return [...new Set([...(this.#blocks.get(userId)?.keys() ?? []), ...blockers])];
  }

  noteSeen(seen: readonly Seen[]): void {
    for (const { userId, at } of seen) this.#seen.set(userId, Math.max(at, this.#seen.get(userId) ?? 0));
  }

  lastSeen(userId: string): number | null {
    return this.#seen.get(userId) ?? null;
  }
}

/** The items after the one that the page before ended with, in the order of their keys. */
export function pageOf<T>(items: readonly T[], keyOf: (item: T) => string, bounds: PageBounds): Page<T> {
  const { after, limit } = bounds;
  const rest = items
    .filter((item) => after === null || keyOf(item) > after)
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page, next: rest.length > limit && last !== undefined ? keyOf(last) : null };
}

import { type Refusal, refuse } from "../protocol/errors.ts";
import { isGroup } from "./admissions.ts";
import type { Engine } from "./engine.ts";
import type { Membership } from "./engine-people.ts";
import type { Identity } from "./identity.ts";

/** Who may read which room, and write to it over REST. On a socket, writing needs a joined room instead. */
export class RoomAccess {
  readonly #engine: Pick<Engine, "membership">;

  constructor(engine: Pick<Engine, "membership">) {
    this.#engine = engine;
  }

  /** Null: may join and read it. Answers at once where the room's name decides. Rejects with EngineUnavailable. */
  refuseRead(identity: Identity, room: string): Refusal | null | Promise<Refusal | null> {
    return isGroup(room) && !identity.isAdmin ? this.#refuseGroup(identity, room) : null;
  }

  async #refuseGroup(identity: Identity, room: string): Promise<Refusal | null> {
    const membership = await this.#engine.membership(room, identity.user.id);
    return opensGroup(identity, room, membership) ? null : refuseRoom(room);
  }

  /** Null: may write to it. Only the operator's backends write where they may not read; nobody writes to notifications. */
  refuseWrite(identity: Identity, room: string): Refusal | null | Promise<Refusal | null> {
    if (room.startsWith("notifications:")) return refuse("forbidden", `Nobody writes to ${room} this way.`);
    return identity.mayPublish ? null : this.refuseRead(identity, room);
  }
}

export const refuseRoom = (room: string): Refusal => refuse("forbidden", `You may not join ${room}.`);

/** What was last decided about somebody, and what their token says. */
export function opensGroup(identity: Identity, room: string, membership: Membership | null): boolean {
  if (membership === null) return isClaimed(identity, room);
  return membership.isMember || outlivesRemoval(identity, room, membership.changedAt);
}

/**
 * Whether somebody may read a group also after they were removed from it. Tokens tell the whole second in which they
 * were issued: one of the very second of the removal counts as issued before it.
 */
export const outlivesRemoval = (identity: Identity, room: string, removedAt: number): boolean =>
  identity.isAdmin || (identity.issuedAt > removedAt && isClaimed(identity, room));

/** Whether a token's `rooms` name the room, itself or by a beginning with `*`. */
export function isClaimed({ rooms }: Identity, room: string): boolean {
  return rooms.some((claim) => (claim.endsWith("*") ? room.startsWith(claim.slice(0, -1)) : claim === room));
}

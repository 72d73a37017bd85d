import type { EventPayload } from "../protocol/events.ts";
import type { Connection } from "./connection.ts";
import type { Identity } from "./identity.ts";

export type LeaveReason = EventPayload<"room_left">["reason"];

/**
 * Rooms that a connection is about to be let into, or to stay in: what it may read was asked, or will be, and the
 * answer is not acted upon yet. Whoever loses a room meanwhile is noted here.
 */
export class Admission {
  readonly connection: Connection;
  /** As whom the connection asks. */
  readonly identity: Identity;
  readonly rooms: ReadonlySet<string>;
  readonly losses = new Map<string, LeaveReason>();

  constructor(connection: Connection, identity: Identity, rooms: ReadonlySet<string>) {
    this.connection = connection;
    this.identity = identity;
    this.rooms = rooms;
  }

  revoke(room: string, reason: LeaveReason): void {
    if (this.rooms.has(room)) this.losses.set(room, reason);
  }

  lossOf(room: string): LeaveReason | undefined {
    return this.losses.get(room);
  }
}

const none: ReadonlySet<Admission> = new Set();

/** The admissions under way, by their user. Each command of a connection has at most one, and a batch one per join. */
export class Admissions {
  readonly #byUser = new Map<string, Set<Admission>>();

  get count(): number {
    return this.#byUser.size;
  }

  /** Only of groups: every other room is open. MUST be ended. */
  begin(connection: Connection, identity: Identity, rooms: readonly string[]): Admission {
    const admission = new Admission(connection, identity, new Set(rooms.filter(isGroup)));
    if (admission.rooms.size > 0) this.#add(admission);
    return admission;
  }

  #add(admission: Admission): void {
    const userId = admission.identity.user.id;
    this.#byUser.set(userId, (this.#byUser.get(userId) ?? new Set()).add(admission));
  }

  end(admission: Admission): void {
    const userId = admission.identity.user.id;
    const admissions = this.#byUser.get(userId);
    if (admissions?.delete(admission) && admissions.size === 0) this.#byUser.delete(userId);
  }

  of(userId: string): ReadonlySet<Admission> {
    return this.#byUser.get(userId) ?? none;
  }

  all(): Admission[] {
    return [...this.#byUser.values()].flatMap((admissions) => [...admissions]);
  }

  hasLost(connection: Connection, room: string): boolean {
    for (const admission of this.of(connection.identity.user.id))
      if (admission.connection === connection && admission.lossOf(room) !== undefined) return true;
    return false;
  }
}

export const isGroup = (room: string): boolean => room.startsWith("group:");

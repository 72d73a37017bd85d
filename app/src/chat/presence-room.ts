import type { User } from "./identity.ts";
import type { PresenceElsewhere } from "./presence-elsewhere.ts";

/** A user who has left a room, but may be back before anybody is told. */
export interface Lingering {
  readonly room: PresenceRoom;
  readonly user: User;
  /** Monotonic ms. */
  readonly endsAt: number;
}

/**
 * How many are in one room, who of them on other instances, and who lingers there. Who has joined it here is known
 * from its feed's members, so that a member costs nothing here. It outlives the feed for as long as somebody lingers.
 */
export class PresenceRoom {
  readonly name: string;
  /** Users with a joined socket, on any instance. */
  presentCount = 0;
  /** Null: the room has no feed here, and nobody tells us of it. */
  elsewhere: PresenceElsewhere | null = null;
  /** When `presence_changed` was last told; monotonic ms. */
  totalToldAt = Number.NEGATIVE_INFINITY;
  isTotalDue = false;
  #lingering: Map<string, Lingering> | null = null;

  constructor(name: string) {
    this.name = name;
  }

  get total(): number {
    return this.presentCount + (this.#lingering?.size ?? 0);
  }

  get isUnused(): boolean {
    return this.elsewhere === null && this.total === 0;
  }

  get lingering(): Iterable<Lingering> {
    return this.#lingering?.values() ?? [];
  }

  hasLingering(userId: string): boolean {
    return this.#lingering?.has(userId) === true;
  }

  keep(lingering: Lingering): void {
    this.#lingering ??= new Map();
    this.#lingering.set(lingering.user.id, lingering);
  }

  /** The user lingers no more. Undefined: did not before. */
  take(userId: string): Lingering | undefined {
    const lingering = this.#lingering?.get(userId);
    this.#lingering?.delete(userId);
    if (this.#lingering?.size === 0) this.#lingering = null;
    return lingering;
  }
}

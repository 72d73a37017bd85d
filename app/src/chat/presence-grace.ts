import type { Clock } from "./clock.ts";
import type { User } from "./identity.ts";
import type { Lingering, PresenceRoom } from "./presence-room.ts";

/** How long a user may be without a joined socket before the others are told. */
const graceMs = 5000;

/** So many leaves are told at a time, and the next so much later, so that a crowd that leaves at once stalls nobody. */
const endsAtOnce = 200;
const endsEveryMs = 20;

/** A sweep that comes so late follows a pause of the process: who came back meanwhile is let in first. */
const pauseMs = 2000;

const lingeringMaxDefault = 100_000;

/** Who lingers, in all rooms. */
export class PresenceGrace {
  readonly #clock: Clock;
  readonly #onOver: (room: PresenceRoom, user: User) => void;
  readonly #lingeringMax: number;
  /** In the order in which their grace ends. */
  readonly #lingering = new Set<Lingering>();
  #sweptAt = 0;

  /** Past `lingeringMax` the twentieth part that has been gone for longest leaves early. */
  constructor(
    clock: Clock,
    onOver: (room: PresenceRoom, user: User) => void,
    lingeringMax = lingeringMaxDefault,
  ) {
    this.#clock = clock;
    this.#onOver = onOver;
    this.#lingeringMax = lingeringMax;
  }

  begin(room: PresenceRoom, user: User): void {
    const lingering = { room, user, endsAt: this.#clock.monotonic() + graceMs };
    room.keep(lingering);
    this.#lingering.add(lingering);
    if (this.#lingering.size > this.#lingeringMax) this.#endOldest(Math.ceil(this.#lingeringMax / 20));
  }

  /** The user is back. False: did not linger there. */
  cancel(room: PresenceRoom, userId: string): boolean {
    const lingering = room.take(userId);
    return lingering !== undefined && this.#lingering.delete(lingering);
  }

  /** Ends the grace of those whose time is over. Called once a second. */
  sweep(): void {
    const now = this.#clock.monotonic();
    const isAfterPause = now - this.#sweptAt > pauseMs;
    this.#sweptAt = now;
    if (isAfterPause) return;
    for (const lingering of this.#lingering.values().take(endsAtOnce)) {
      if (lingering.endsAt > now) return;
      this.#end(lingering);
    }
    if (this.#lingering.size > 0) this.#clock.after(endsEveryMs, () => this.sweep());
  }

  /** Several at once: each search for the oldest passes the places of all that ended before. */
  #endOldest(count: number): void {
    for (const lingering of this.#lingering.values().take(count)) this.#end(lingering);
  }

  #end(lingering: Lingering): void {
    const { room, user } = lingering;
    this.#lingering.delete(lingering);
    room.take(user.id);
    this.#onOver(room, user);
  }
}

import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { User } from "./identity.ts";
import { Session } from "./session.ts";

/** How long a session outlives its last socket. */
const sessionGraceMs = 60_000;

/** Sessions without a socket. */
const detachedMaxDefault = 100_000;

/** Every session of this instance, and how many live ones each address has. */
export class Sessions {
  readonly #clock: Clock;
  readonly #detachedMax: number;
  readonly #byId = new Map<string, Session>();
  /** When each session without a socket ends, in the order in which that happens. */
  readonly #detached = new Map<Session, number>();
  readonly #liveByAddress = new Map<string, number>();

  /** Past `detachedMax` the twentieth part that has been without a socket for longest ends early. */
  constructor(clock: Clock, detachedMax = detachedMaxDefault) {
    this.#clock = clock;
    this.#detachedMax = detachedMax;
  }

  get(id: string): Session | undefined {
    return this.#byId.get(id);
  }

  get liveCount(): number {
    return this.#byId.size - this.#detached.size;
  }

  liveAt(address: string): number {
    return this.#liveByAddress.get(address) ?? 0;
  }

  /** A session that counts from when its first socket attaches. */
  create(id: string, user: User): Session {
    return new Session(id, user);
  }

  attach(session: Session, connection: Connection): void {
    if (session.sockets.length > 0) this.#countAddress(session.address, -1);
    this.#byId.set(session.id, session);
    this.#detached.delete(session);
    session.sockets.push(connection);
    session.address = connection.address;
    this.#countAddress(session.address, 1);
  }

  detach(session: Session, connection: Connection): void {
    const index = session.sockets.indexOf(connection);
    if (index < 0) return;
    session.sockets.splice(index, 1);
    if (session.sockets.length > 0) return;
    this.#countAddress(session.address, -1);
    this.#detached.set(session, this.#clock.now() + sessionGraceMs);
    if (this.#detached.size > this.#detachedMax) this.#endOldest(Math.ceil(this.#detachedMax / 20));
  }

  /** Ends the sessions whose time has come. */
  sweep(): void {
    for (const [session, endsAt] of this.#detached) {
      if (endsAt > this.#clock.now()) return;
      this.#end(session);
    }
  }

  /** Several at once: each search for the oldest passes the places of all that ended before. */
  #endOldest(count: number): void {
    for (const session of this.#detached.keys().take(count)) this.#end(session);
  }

  #end(session: Session): void {
    this.#detached.delete(session);
    this.#byId.delete(session.id);
  }

  #countAddress(address: string | null, change: number): void {
    if (address === null) return;
    const count = this.liveAt(address) + change;
    if (count > 0) this.#liveByAddress.set(address, count);
    else this.#liveByAddress.delete(address);
  }
}

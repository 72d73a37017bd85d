import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { noSockets, Session } from "./session.ts";

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
  #liveCount = 0;

  /** Past `detachedMax` the twentieth part that has been without a socket for longest ends early. */
  constructor(clock: Clock, detachedMax = detachedMaxDefault) {
    this.#clock = clock;
    this.#detachedMax = detachedMax;
  }

  get(id: string): Session | undefined {
    return this.#byId.get(id);
  }

  /** Sessions whose newest socket is here. */
  get liveCount(): number {
    return this.#liveCount;
  }

  liveAt(address: string): number {
    return this.#liveByAddress.get(address) ?? 0;
  }

  /** A session that counts from when its first socket attaches. */
  create(id: string, userId: string): Session {
    return new Session(id, userId);
  }

  attach(session: Session, connection: Connection): void {
    this.#count(session, -1);
    this.#byId.set(session.id, session);
    this.#detached.delete(session);
    session.sockets = [...session.sockets, connection];
    session.isElsewhere = false;
    this.#count(session, 1);
  }

  detach(session: Session, connection: Connection): void {
    if (!session.sockets.includes(connection)) return;
    this.#count(session, -1);
    session.sockets =
      session.sockets.length === 1 ? noSockets : session.sockets.filter((other) => other !== connection);
    this.#count(session, 1);
    if (session.isLive) return;
    this.#detached.set(session, this.#clock.now() + sessionGraceMs);
    if (this.#detached.size > this.#detachedMax) this.#endOldest(Math.ceil(this.#detachedMax / 20));
  }

  /** Of a session with sockets here: its newest one is on another instance now, or here again. */
  move(session: Session, isElsewhere: boolean): void {
    this.#count(session, -1);
    session.isElsewhere = isElsewhere;
    this.#count(session, 1);
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

  /** What it counts for is taken away before a change, and added after it. */
  #count(session: Session, change: 1 | -1): void {
    if (!session.isLive || session.isElsewhere) return;
    this.#liveCount += change;
    if (session.address !== null) this.#countAt(session.address, change);
  }

  #countAt(address: string, change: 1 | -1): void {
    const count = this.liveAt(address) + change;
    if (count > 0) this.#liveByAddress.set(address, count);
    else this.#liveByAddress.delete(address);
  }
}

import type { SessionClaim, SessionVerdict } from "../chat/engine-instances.ts";
import type { Counted, Reservation } from "./redis-session-counts.ts";
import { type Claimed, RedisSessionStore, type SessionSurroundings } from "./redis-session-store.ts";
import { Turns } from "./turns.ts";
import { within } from "./within.ts";

/** Of so many may Redis hold something else until the next look; past that everything is said again. */
const doubtsMaxDefault = 10_000;
/** Several answers make a claim. Each has a bound of its own where Redis is away; this one is for what takes long while it is there. */
const claimMs = 3000;
/** Sessions that are said again at a time. */
const restoredAtOnce = 200;

const unavailable = { ok: false, code: "unavailable" } as const;

/** The sessions that this instance has sockets of, and how it comes by them. */
export class RedisSessions {
  readonly #around: SessionSurroundings;
  readonly #store: RedisSessionStore;
  readonly #doubtsMax: number;
  readonly #claimed = new Map<string, Claimed>();
  readonly #doubts = new Map<string, Counted>();
  /** What is about one session happens in the order in which it was asked for. */
  readonly #turns = new Turns();

  constructor(around: SessionSurroundings, doubtsMax = doubtsMaxDefault) {
    this.#around = around;
    this.#store = new RedisSessionStore(around);
    this.#doubtsMax = doubtsMax;
  }

  get isEmpty(): boolean {
    return this.#claimed.size === 0 && this.#doubts.size === 0;
  }

  /** Resolves when what was asked for has happened. */
  idle(): Promise<void> {
    return this.#turns.idle();
  }

  /** What a claim would come to. Claims nothing. */
  async ask(claim: SessionClaim): Promise<SessionVerdict> {
    return await inTime(this.#orUnavailable(this.#weigh(claim)), () => {});
  }

  async claim(claim: SessionClaim): Promise<SessionVerdict> {
    const { connectionId } = claim;
    let isLate = false;
    const taken = this.#turns.next(connectionId, async () =>
      isLate ? unavailable : await this.#orUnavailable(this.#reserve(claim, () => isLate)),
    );
    return await inTime(taken, () => {
      isLate = true;
    });
  }

  async #orUnavailable(answer: Promise<SessionVerdict>): Promise<SessionVerdict> {
    try {
      return await answer;
    } catch (error) {
      this.#around.failed(error);
      return unavailable;
    }
  }

  async #weigh(claim: SessionClaim): Promise<SessionVerdict> {
    const { connectionId, userId } = claim;
    const lease = this.#around.leases.current ?? "";
    const [{ userId: owner, generation, messageCount }, { code }] = await Promise.all([
      this.#store.read(connectionId),
      this.#store.counts.reserve(lease, connectionId, countedIn(claim), claim, true),
    ]);
    if (owner !== null && owner !== userId) return { ok: false, code: "session_taken" };
    return code === null ? { ok: true, generation: generation + 1, messageCount } : { ok: false, code };
  }

  async #reserve(claim: SessionClaim, isLate: () => boolean): Promise<SessionVerdict> {
    const lease = await this.#around.leases.renewed();
    if (lease === null) return unavailable;
    const { connectionId, userId } = claim;
    const counted = countedIn(claim);
    try {
      const [session, reservation] = await Promise.all([
        this.#store.read(connectionId),
        this.#store.counts.reserve(lease, connectionId, counted, claim),
        this.#store.enter(lease, connectionId),
      ]);
      const isTaken = session.userId !== null && session.userId !== userId;
      const code = isTaken ? "session_taken" : reservation.code;
      if (code === null) return await this.#take(lease, claim, reservation, isLate);
      return await this.#cancel(lease, connectionId, reservation, code);
    } catch (error) {
      this.#doubt(connectionId, counted);
      throw error;
    }
  }

  async #take(
    lease: string,
    claim: SessionClaim,
    reservation: Reservation,
    isLate: () => boolean,
  ): Promise<SessionVerdict> {
    const { connectionId, userId } = claim;
    const { leases, instance, move } = this.#around;
    const counted = countedIn(claim);
    const taken = await this.#store.take(lease, claim, counted);
    if (taken === null) return await this.#cancel(lease, connectionId, reservation, "session_taken");
    const { generation, messageCount, isElsewhere } = taken;
    const change = { kind: "session_moved", userId, connectionId, instance, generation } as const;
    const isTold = !isElsewhere || (await move(change));
    // What was taken under a lease that is over is void, and what is granted too late of no use to anybody.
    if (!isTold || isLate() || leases.current !== lease) {
      await this.#settle(connectionId, counted);
      return unavailable;
    }
    this.#claimed.set(connectionId, { ...counted, generation });
    return { ok: true, generation, messageCount };
  }

  async #cancel(
    lease: string,
    connectionId: string,
    reservation: Reservation,
    code: "session_taken" | NonNullable<Reservation["code"]>,
  ): Promise<SessionVerdict> {
    await this.#store.counts.cancel(lease, connectionId, reservation);
    if (!this.#claimed.has(connectionId)) await this.#store.strike(lease, connectionId);
    return { ok: false, code };
  }

  release(connectionId: string, generation: number, messages: number): void {
    void this.#turns.next(connectionId, async () => {
      const claimed = this.#claimed.get(connectionId);
      const isHere = claimed !== undefined && claimed.generation <= generation;
      if (isHere) this.#claimed.delete(connectionId);
      try {
        if (isHere) await this.#letGo(connectionId, claimed, messages);
        else await this.#store.countMessages(connectionId, messages);
      } catch (error) {
        if (isHere) this.#doubt(connectionId, claimed);
        this.#around.failed(error);
      }
    });
  }

  async #letGo(connectionId: string, counted: Counted, messages: number): Promise<void> {
    const lease = this.#around.leases.current;
    if (lease === null) this.#doubt(connectionId, counted);
    else await this.#store.drop(lease, connectionId, counted, messages);
  }

  countMessages(connectionId: string, messages: number): void {
    void this.#turns.next(connectionId, () =>
      this.#store.countMessages(connectionId, messages).catch((error: unknown) => this.#around.failed(error)),
    );
  }

  async countOf(userIds: readonly string[]): Promise<readonly number[]> {
    return await Promise.all(userIds.map((userId) => this.#store.counts.countOf(userId)));
  }

  /** Under a new lease: says again what is here. */
  async restore(lease: string, former: string): Promise<void> {
    this.#doubts.clear();
    const ids = [...this.#claimed.keys()];
    while (ids.length > 0)
      await Promise.all(ids.splice(-restoredAtOnce).map((id) => this.#restore(lease, former, id)));
  }

  #restore(lease: string, former: string, connectionId: string): Promise<void> {
    return this.#turns.next(connectionId, async () => {
      const claimed = this.#claimed.get(connectionId);
      if (claimed === undefined || this.#around.leases.current !== lease) return;
      try {
        await this.#store.restore(lease, former, connectionId, claimed);
      } catch (error) {
        this.#doubt(connectionId, claimed);
        this.#around.failed(error);
      }
    });
  }

  /** Sees to it that Redis holds what is here. Called after each look. */
  async settleDoubts(): Promise<void> {
    const doubts = [...this.#doubts];
    this.#doubts.clear();
    for (const [connectionId, counted] of doubts)
      await this.#turns
        .next(connectionId, () => this.#settle(connectionId, counted))
        .catch((error) => {
          this.#doubt(connectionId, counted);
          this.#around.failed(error);
        });
  }

  async #settle(connectionId: string, counted: Counted): Promise<void> {
    const lease = this.#around.leases.current;
    const claimed = this.#claimed.get(connectionId);
    if (lease === null) return this.#doubt(connectionId, counted);
    if (claimed === undefined) return await this.#store.drop(lease, connectionId, counted, 0);
    await this.#store.restore(lease, lease, connectionId, claimed);
    const { address } = counted;
    if (address !== null && address !== claimed.address)
      await this.#store.counts.leaveAddress([lease], connectionId, address);
  }

  #doubt(connectionId: string, counted: Counted): void {
    this.#doubts.set(connectionId, counted);
    if (this.#doubts.size <= this.#doubtsMax) return;
    this.#doubts.clear();
    this.#around.leases.renounce();
  }

  /** Another instance is gone, or this one's former lease: clears away what was said under it. */
  clear(lease: string): Promise<void> {
    return this.#store.clear(lease);
  }
}

async function inTime(answer: Promise<SessionVerdict>, onLate: () => void): Promise<SessionVerdict> {
  return await within(claimMs, answer, "claiming a session").catch(() => {
    onLate();
    return unavailable;
  });
}

/** An address without a limit is not counted. */
const countedIn = ({ userId, address, addressSessionsMax }: SessionClaim): Counted => ({
  userId,
  address: addressSessionsMax > 0 ? address : null,
});

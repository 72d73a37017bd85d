import type { Clock } from "../../src/chat/clock.ts";
import type { SessionClaim, SessionVerdict } from "../../src/chat/engine-instances.ts";
import type { SharedEngine } from "./shared-engine.ts";

/** How long a session is kept for its user after its last socket. */
const graceMs = 60_000;

type Refusal = Extract<SessionVerdict, { ok: false }>;

interface Claimed {
  readonly connectionId: string;
  readonly userId: string;
  /** Where its newest socket came from. */
  address: string | null;
  /** Of its newest socket. */
  generation: number;
  messageCount: number;
  /** The servers that have sockets of it, each with the generation of its newest one there. */
  readonly holders: Map<string, number>;
  /** The newest generation that each server was granted; an heir holds a newer one than it may know of. */
  readonly granted: Map<string, number>;
  endsAt: number;
}

/** Every session of all servers: the rules of the port's `claimSession`. */
export class SharedSessions {
  readonly #shared: SharedEngine;
  readonly #clock: Clock;
  readonly #byId = new Map<string, Claimed>();

  constructor(shared: SharedEngine, clock: Clock) {
    this.#shared = shared;
    this.#clock = clock;
  }

  /** Sessions with a live socket anywhere. */
  get liveCount(): number {
    return this.#live().length;
  }

  countOf(userId: string): number {
    return this.#live().filter((claimed) => claimed.userId === userId).length;
  }

  /** The server with the session's newest socket. */
  ownerOf(connectionId: string): string | null {
    const claimed = this.#byId.get(connectionId);
    return claimed === undefined ? null : newestHolder(claimed);
  }

  claim(instance: string, claim: SessionClaim, isTrial: boolean): SessionVerdict | Promise<SessionVerdict> {
    const known = this.#find(claim.connectionId);
    const code = this.#refuse(known, claim);
    if (code !== null) return { ok: false, code };
    const claimed = known ?? newClaim(claim);
    const verdict = {
      ok: true,
      generation: claimed.generation + 1,
      messageCount: claimed.messageCount,
    } as const;
    if (isTrial) return verdict;
    const isElsewhere = [...claimed.holders.keys()].some((holder) => holder !== instance);
    this.#take(claimed, instance, claim.address);
    return isElsewhere ? this.#move(claimed, instance, verdict) : verdict;
  }

  #find(connectionId: string): Claimed | undefined {
    const claimed = this.#byId.get(connectionId);
    if (claimed === undefined || claimed.holders.size > 0 || claimed.endsAt > this.#clock.now())
      return claimed;
    this.#byId.delete(connectionId);
    return undefined;
  }

  #refuse(known: Claimed | undefined, claim: SessionClaim): Refusal["code"] | null {
    const { userId, address, userSessionsMax, addressSessionsMax } = claim;
    if (known !== undefined && known.userId !== userId) return "session_taken";
    const others = this.#live().filter((claimed) => claimed !== known);
    const isLive = known !== undefined && known.holders.size > 0;
    const isNewThere = address !== null && !(isLive && known.address === address);
    const atAddress = others.filter((claimed) => claimed.address === address).length;
    if (isNewThere && isReached(addressSessionsMax, atAddress)) return "connection_limit_ip";
    const ofUser = others.filter((claimed) => claimed.userId === userId).length;
    return !isLive && isReached(userSessionsMax, ofUser) ? "connection_limit_user" : null;
  }

  #take(claimed: Claimed, instance: string, address: string | null): void {
    claimed.generation += 1;
    claimed.address = address;
    claimed.holders.set(instance, claimed.generation);
    claimed.granted.set(instance, claimed.generation);
    this.#byId.set(claimed.connectionId, claimed);
  }

  async #move(claimed: Claimed, instance: string, verdict: SessionVerdict & { ok: true }) {
    if (await this.#logMove(claimed, instance, verdict.generation)) return verdict;
    this.release(instance, claimed.connectionId, verdict.generation, 0);
    return { ok: false, code: "unavailable" } as const;
  }

  async #logMove({ connectionId, userId }: Claimed, instance: string, generation: number): Promise<boolean> {
    const change = { kind: "session_moved", userId, connectionId, instance, generation } as const;
    const { ok } = await this.#shared.engine.control(change, { userId, at: this.#clock.now(), instance });
    return ok;
  }

  /** A release of what was claimed again meanwhile changes nothing but the count. */
  release(instance: string, connectionId: string, generation: number, messageCount: number): void {
    this.countMessages(instance, connectionId, messageCount);
    const claimed = this.#byId.get(connectionId);
    if (claimed?.holders.has(instance) !== true) return;
    if ((claimed.granted.get(instance) ?? 0) <= generation) this.#letGo(claimed, instance);
  }

  countMessages(instance: string, connectionId: string, messageCount: number): void {
    const claimed = this.#byId.get(connectionId);
    if (claimed === undefined || messageCount === 0) return;
    claimed.messageCount += messageCount;
    const holders = this.#shared.othersOf(instance).filter((view) => claimed.holders.has(view.instanceId));
    queueMicrotask(() => {
      for (const { instances } of holders) instances?.messagesCounted(connectionId, messageCount);
    });
  }

  /** Where an older socket is left somewhere else, that is the newest one again. */
  #letGo(claimed: Claimed, instance: string): void {
    const wasNewest = newestHolder(claimed) === instance;
    claimed.holders.delete(instance);
    claimed.endsAt = this.#clock.now() + graceMs;
    const heir = newestHolder(claimed);
    if (!wasNewest || heir === null) return;
    claimed.holders.set(heir, claimed.generation);
    void this.#logMove(claimed, heir, claimed.generation);
  }

  forget(instance: string): void {
    for (const claimed of this.#byId.values())
      if (claimed.holders.has(instance)) this.#letGo(claimed, instance);
  }

  #live(): Claimed[] {
    return [...this.#byId.values()].filter(({ holders }) => holders.size > 0);
  }
}

function newClaim({ connectionId, userId }: SessionClaim): Claimed {
  return {
    connectionId,
    userId,
    address: null,
    generation: 0,
    messageCount: 0,
    holders: new Map(),
    granted: new Map(),
    endsAt: 0,
  };
}

function newestHolder({ holders }: Claimed): string | null {
  const [newest] = [...holders].sort(([, a], [, b]) => b - a);
  return newest?.[0] ?? null;
}

const isReached = (limit: number, count: number): boolean => limit > 0 && count >= limit;

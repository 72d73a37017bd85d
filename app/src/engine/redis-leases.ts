import { randomBytes } from "node:crypto";
import type { Cancel, Clock } from "../chat/clock.ts";
import type { RedisKeys } from "./keys.ts";
import type { RedisScripts } from "./redis-scripts.ts";

/** Milliseconds. */
export interface LeaseTimes {
  readonly lease: number;
  readonly renewal: number;
  /** How long the users of a dead instance may take to be somewhere else. */
  readonly grace: number;
}

const defaultTimes: LeaseTimes = { lease: 3000, renewal: 1000, grace: 5000 };

/** A look at the very end of another's lease comes so much later, ms. */
const afterEndMs = 20;

interface LeaseListener {
  /** There is a lease, where there was none or another: all that was said under that is to be said again. */
  taken(lease: string, former: string): void;
  /** Each once, unless it is heard of again. */
  gone(lease: string): void;
  /** The lease is over, and what was said under it is still there. */
  left(lease: string): void;
  /** After each look. */
  looked(): void;
  failed(error: unknown): void;
}

interface LeaseDependencies {
  readonly scripts: RedisScripts;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly instance: string;
  readonly times: Partial<LeaseTimes>;
}

interface Lease {
  readonly endsAt: number;
  readonly isReady: boolean;
  readonly instance: string;
}

/**
 * Who is there: each instance has a lease, which it renews every second. A lease that is over never comes back: an
 * instance that was paused takes another, and says everything again. So whatever was said under a lease that is over is
 * void, whoever finds it, and to be cleared away by anybody.
 */
export class RedisLeases {
  readonly #deps: LeaseDependencies;
  readonly #times: LeaseTimes;
  readonly #listener: LeaseListener;
  #lease = "";
  /** Of the server, whose time all leases go by. */
  #run = "";
  #lookedAt = 0;
  #leases = new Map<string, Lease>();
  /** Leases of this instance of which something may be left. */
  readonly #own = new Set<string>();
  /** Others, live when they were last looked or heard of. */
  readonly #known = new Set<string>();
  /** Told of, and not cleared away yet. */
  readonly #gone = new Set<string>();
  #isReady = false;
  /** How often it was said, and how often of that Redis has heard: it may be said while an answer is on its way. */
  #renounced = 0;
  #renouncedThere = 0;
  /** On the monotonic clock, as are those below; until then the lease is certain to last. */
  #lastsUntil = 0;
  #connectedSince: number | null = null;
  #looking: Promise<void> | null = null;
  #cancel: Cancel | null = null;
  #isStopped = false;

  constructor(deps: LeaseDependencies, listener: LeaseListener) {
    this.#deps = deps;
    this.#times = { ...defaultTimes, ...deps.times };
    this.#listener = listener;
  }

  /** Resolves after the first look, whatever that came to. */
  async start(): Promise<void> {
    await this.#beat();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /** Null: there is none, or it may be over. */
  get current(): string | null {
    return this.#lastsUntil > this.#deps.clock.monotonic() ? this.#lease : null;
  }

  /** What scripts are told of who is live: see lives.lua. */
  get lives(): readonly (string | number)[] {
    return [this.#lookedAt, ...[...this.#leases.keys()].filter((lease) => this.#isLive(lease))];
  }

  get own(): readonly string[] {
    return [...this.#own];
  }

  isOwn(lease: string): boolean {
    return this.#own.has(lease);
  }

  /** Undefined: is not there. Rejects where Redis does. */
  async instanceOf(lease: string): Promise<string | undefined> {
    if (!this.#leases.has(lease)) await this.#lookAnew();
    return this.#leases.get(lease)?.instance;
  }

  /** Something of another instance has been heard. */
  heard(lease: string): void {
    if (!this.#own.has(lease)) this.#known.add(lease);
  }

  setReady(isReady: boolean): void {
    if (this.#isReady === isReady) return;
    this.#isReady = isReady;
    void this.#lookAnew().catch((error) => this.#listener.failed(error));
  }

  /** Rejects where Redis does. */
  async hasSuccessor(): Promise<boolean> {
    await this.#lookAnew();
    return [...this.#leases].some(
      ([lease, { isReady, instance }]) => isReady && instance !== this.#deps.instance && this.#isLive(lease),
    );
  }

  /** The lease, renewed if it may be over. Null: there is none. */
  async renewed(): Promise<string | null> {
    if (this.current === null) await this.look().catch((error) => this.#listener.failed(error));
    return this.current;
  }

  /** What was said under the lease can be relied on no more: another is taken at the next look. */
  renounce(): void {
    this.#renounced += 1;
  }

  /** Nothing is left of a lease that is over. */
  forget(lease: string): void {
    this.#leases.delete(lease);
    if (lease !== this.#lease) this.#own.delete(lease);
  }

  /** One at a time; rejects where Redis does. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** One that begins now. */
  async #lookAnew(): Promise<void> {
    await this.#looking?.catch(() => {});
    await this.look();
  }

  async #beat(): Promise<void> {
    if (this.#isStopped) return;
    this.#cancel = null;
    await this.look().catch((error) => this.#failed(error));
    this.#cancel ??= this.#deps.clock.after(this.#untilNextMs(), () => void this.#beat());
    if (this.#isStopped) this.#cancel();
  }

  #failed(error: unknown): void {
    this.#connectedSince = null;
    this.#listener.failed(error);
  }

  /** Sooner than the next renewal where another's lease ends before that. */
  #untilNextMs(): number {
    const ends = [...this.#leases.values()].map(({ endsAt }) => endsAt - this.#lookedAt);
    const soonest = Math.min(...ends.filter((ms) => ms > 0));
    return Math.min(this.#times.renewal, soonest + afterEndMs);
  }

  async #look(): Promise<void> {
    const { scripts, keys, instance, clock } = this.#deps;
    const sentAt = clock.monotonic();
    const known = [...this.#known];
    const said = `${this.#isReady ? "ready" : "waiting"} ${instance}`;
    const renounced = this.#renounced;
    const ran = renounced === this.#renouncedThere ? this.#run : "";
    const args = [this.#lease, randomBytes(2).toString("hex"), this.#times.lease, said, ran];
    const [lease, now, run, ...rows] = (await scripts.run(
      "lease",
      [keys.leases, keys.saidOfLeases],
      args,
    )) as [string, number, string, ...string[]];
    this.#renouncedThere = renounced;
    const isLate = sentAt - this.#lastsUntil > 0;
    if (isLate) this.#connectedSince = null;
    this.#connectedSince ??= sentAt;
    [this.#lookedAt, this.#leases] = [now, readLeases(rows)];
    this.#take(lease, run, sentAt + this.#times.lease);
    if (sentAt - this.#connectedSince >= this.#times.lease + this.#times.grace) this.#judge(known);
    for (const each of this.#leases.keys()) if (this.#isLive(each)) this.heard(each);
    this.#listener.looked();
  }

  #take(lease: string, run: string, lastsUntil: number): void {
    const former = this.#lease;
    [this.#lease, this.#run, this.#lastsUntil] = [lease, run, lastsUntil];
    if (former === lease) return;
    this.#own.add(lease);
    this.#listener.taken(lease, former);
  }

  /** Only those that were known when the look began: who came since then is not in it. */
  #judge(known: readonly string[]): void {
    const over = [...this.#leases.keys()].filter((lease) => !this.#isLive(lease));
    for (const lease of new Set([...known, ...over])) if (!this.#isLive(lease)) this.#judgeGone(lease);
    for (const lease of this.#gone) if (!this.#leases.has(lease)) this.#gone.delete(lease);
    for (const lease of over) this.#listener.left(lease);
  }

  #judgeGone(lease: string): void {
    if (this.#own.has(lease)) return;
    const isNews = this.#known.delete(lease) || !this.#gone.has(lease);
    this.#gone.add(lease);
    if (isNews) this.#listener.gone(lease);
  }

  #isLive(lease: string): boolean {
    return (this.#leases.get(lease)?.endsAt ?? 0) > this.#lookedAt;
  }
}

function readLeases(rows: readonly string[]): Map<string, Lease> {
  const leases = new Map<string, Lease>();
  for (let index = 0; index < rows.length; index += 3) {
    const [lease = "", endsAt = "", said = ""] = rows.slice(index, index + 3);
    const [, state, instance = ""] = /^(\S*) (.*)$/.exec(said) ?? [];
    leases.set(lease, { endsAt: Number(endsAt), isReady: state === "ready", instance });
  }
  return leases;
}

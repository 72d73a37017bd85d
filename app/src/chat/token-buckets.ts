import type { Clock } from "./clock.ts";

export interface TokenBucketsOptions {
  /** Tokens of a full bucket, which every bucket is at first. */
  readonly capacity: number;
  /** Tokens that flow in; may be a fraction. */
  readonly perSecond: number;
  readonly keysMax: number;
}

/** Sums of fractions come out slightly wrong, and waits are told in whole ms. */
const toleranceMs = 0.5;

/**
 * A token bucket for each key, kept as the moment when it will be full again (GCRA, ITU-T I.371). Buckets live in two
 * generations: those touched since the last change of generation, and those touched in the one before. A generation
 * lasts no longer than a bucket takes to fill, so what it drops is full by then; past `keysMax` / 2 keys it ends early,
 * and the buckets left untouched for longest start anew.
 */
export class TokenBuckets {
  readonly #clock: Clock;
  readonly #msPerToken: number;
  readonly #capacity: number;
  readonly #fillMs: number;
  readonly #generationKeysMax: number;
  #recent = new Map<string, number>();
  #older = new Map<string, number>();
  #generationEndsAt = 0;

  constructor(clock: Clock, { capacity, perSecond, keysMax }: TokenBucketsOptions) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#msPerToken = 1000 / perSecond;
    this.#fillMs = capacity * this.#msPerToken;
    this.#generationKeysMax = Math.ceil(keysMax / 2);
  }

  /** 0 if the tokens were taken, else whole ms until there are enough. More than the capacity means all of it. */
  take(key: string, tokens = 1): number {
    const now = this.#clock.monotonic();
    const debtMs = this.#debtMs(key, now);
    const costMs = this.#costMs(tokens);
    const waitMs = this.#waitMs(debtMs + costMs);
    this.#set(key, now + (waitMs === 0 ? debtMs + costMs : debtMs), now);
    return waitMs;
  }

  /** As `take`, without taking. */
  has(key: string, tokens = 1): number {
    return this.#waitMs(this.#debtMs(key, this.#clock.monotonic()) + this.#costMs(tokens));
  }

  /** Takes as many of the tokens as are there. */
  charge(key: string, tokens: number): void {
    const now = this.#clock.monotonic();
    const debtMs = this.#debtMs(key, now) + this.#costMs(tokens);
    this.#set(key, now + Math.min(debtMs, this.#fillMs), now);
  }

  #costMs(tokens: number): number {
    return Math.min(tokens, this.#capacity) * this.#msPerToken;
  }

  /** How long the bucket takes to be full again. */
  #debtMs(key: string, now: number): number {
    const fullAt = this.#recent.get(key) ?? this.#older.get(key) ?? 0;
    return Math.max(0, fullAt - now);
  }

  #waitMs(debtMs: number): number {
    return Math.max(0, Math.ceil(debtMs - this.#fillMs - toleranceMs));
  }

  #set(key: string, fullAt: number, now: number): void {
    if (now >= this.#generationEndsAt || this.#recent.size >= this.#generationKeysMax) this.#turn(now);
    this.#recent.set(key, fullAt);
  }

  #turn(now: number): void {
    this.#older = this.#recent;
    this.#recent = new Map();
    this.#generationEndsAt = now + this.#fillMs;
  }
}

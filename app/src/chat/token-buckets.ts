import type { Clock } from "./clock.ts";
import { TokenRate } from "./token-rate.ts";

export interface TokenBucketsOptions {
  /** Tokens of a full bucket, which every bucket is at first. */
  readonly capacity: number;
  /** Tokens that flow in; may be a fraction. */
  readonly perSecond: number;
  readonly keysMax: number;
}

/**
 * A token bucket for each key, in two generations. The recent one ends with `keysMax` / 2 keys; then it takes the place
 * of the older one, whose buckets start anew: they were left untouched for longest, and most of them are full.
 */
export class TokenBuckets {
  readonly #clock: Clock;
  readonly #rate: TokenRate;
  readonly #generationKeysMax: number;
  #recent = new Map<string, number>();
  #older = new Map<string, number>();

  constructor(clock: Clock, { capacity, perSecond, keysMax }: TokenBucketsOptions) {
    this.#clock = clock;
    this.#rate = new TokenRate(capacity, perSecond);
    this.#generationKeysMax = Math.ceil(keysMax / 2);
  }

  /** 0 if the tokens were taken, else whole ms until there are enough. More than the capacity means all of it. */
  take(key: string, tokens = 1): number {
    const now = this.#clock.monotonic();
    const fullAt = this.#get(key);
    const waitMs = this.#rate.waitMs(fullAt, now, tokens);
    // Who is refused is kept as well, or asking on and on would outlive the own bucket.
    this.#set(key, waitMs === 0 ? this.#rate.without(fullAt, now, tokens) : fullAt);
    return waitMs;
  }

  /** As `take`, without taking. */
  has(key: string, tokens = 1): number {
    return this.#rate.waitMs(this.#get(key), this.#clock.monotonic(), tokens);
  }

  /** Takes as many of the tokens as are there. */
  charge(key: string, tokens: number): void {
    const now = this.#clock.monotonic();
    this.#set(key, this.#rate.charged(this.#get(key), now, tokens));
  }

  #get(key: string): number {
    return this.#recent.get(key) ?? this.#older.get(key) ?? 0;
  }

  #set(key: string, fullAt: number): void {
    if (this.#recent.size >= this.#generationKeysMax) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, fullAt);
  }
}

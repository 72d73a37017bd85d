/** Sums of fractions come out slightly wrong, and waits are told in whole ms. */
const toleranceMs = 0.5;

/**
 * How much a token bucket holds and how fast it fills; `perSecond` may be a fraction. The bucket itself is one number,
 * the moment at which it is full again (GCRA, ITU-T I.371): 0 is a full one. Moments are monotonic ms.
 */
export class TokenRate {
  /** How long an empty bucket takes to be full. */
  readonly #fillMs: number;
  readonly #capacity: number;
  readonly #msPerToken: number;

  constructor(capacity: number, perSecond: number) {
    this.#capacity = capacity;
    this.#msPerToken = 1000 / perSecond;
    this.#fillMs = capacity * this.#msPerToken;
  }

  /** 0 if the tokens are there, else whole ms until they are. More than the capacity means all of it. */
  waitMs(fullAt: number, now: number, tokens = 1): number {
    const lateMs = this.without(fullAt, now, tokens) - now - this.#fillMs;
    return Math.max(0, Math.ceil(lateMs - toleranceMs));
  }

  /** The bucket without tokens that were there. */
  without(fullAt: number, now: number, tokens = 1): number {
    return Math.max(fullAt, now) + Math.min(tokens, this.#capacity) * this.#msPerToken;
  }

  /** The bucket without as many of the tokens as were there. */
  charged(fullAt: number, now: number, tokens: number): number {
    return Math.min(this.without(fullAt, now, tokens), now + this.#fillMs);
  }
}

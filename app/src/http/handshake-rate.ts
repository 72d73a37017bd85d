import type { Clock } from "../chat/clock.ts";
import { TokenBuckets } from "../chat/token-buckets.ts";

/** What a token costs that is refused, its handshake included: trying tokens is no way to find one. */
const failureCost = 5;
const addressesMax = 65_536;

/** How often an address may ask to be let in. Null is an address that is exempt. */
export class HandshakeRate {
  readonly #buckets: TokenBuckets | null;

  /** 0 turns it off. */
  constructor(clock: Clock, perSecond: number) {
    const options = { capacity: perSecond, perSecond, keysMax: addressesMax };
    this.#buckets = perSecond > 0 ? new TokenBuckets(clock, options) : null;
  }

  /** 0: the handshake is paid for; else ms until it could be. */
  take(address: string | null): number {
    return address === null ? 0 : (this.#buckets?.take(address) ?? 0);
  }

  /** What `take` would say. */
  waitMs(address: string | null): number {
    return address === null ? 0 : (this.#buckets?.has(address) ?? 0);
  }

  /** A token was refused; `paid` is what its request has cost already. */
  note(address: string | null, paid = 0): void {
    if (address !== null) this.#buckets?.charge(address, failureCost - paid);
  }
}

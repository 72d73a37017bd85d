/** A proxy in front admits only so many handshakes of one address: 5 per second, as DESIGN's Traefik is set up. */
const perSecondMax = 4;

interface AddressTurns {
  /** Connections that have still to be told. */
  waiting: number;
  /** Thousandths of a turn: whole numbers add up exactly. */
  credit: number;
  /** When the credit was looked at last. */
  at: number;
}

/** When the next connection of a client address may be told to leave. Times are ms of the drain. */
export class AddressPace {
  readonly #turnMs: number;
  readonly #byAddress = new Map<string, AddressTurns>();

  /** `turnMs`: how far apart the drain's turns are. */
  constructor(turnMs: number) {
    this.#turnMs = turnMs;
  }

  /** Null is exempt from limits by address. */
  add(address: string | null): void {
    if (address === null) return;
    const turns = this.#byAddress.get(address);
    if (turns === undefined) this.#byAddress.set(address, { waiting: 1, credit: 1000, at: 0 });
    else turns.waiting += 1;
  }

  /** Its turns stay known: who comes next from there waits for them. */
  remove(address: string | null): void {
    const turns = address === null ? undefined : this.#byAddress.get(address);
    if (turns !== undefined) turns.waiting -= 1;
  }

  /** Takes a turn if there is one. Faster than the limit only if not all would have theirs within `windowMs`. */
  take(address: string | null, time: number, windowMs: number): boolean {
    const turns = address === null ? undefined : this.#byAddress.get(address);
    if (turns === undefined) return true;
    const perSecond = Math.max(perSecondMax, (turns.waiting * 1000) / windowMs);
    // One turn, or in a hurry what flows in between two looks, with what the last look left.
    const creditMax = Math.max(1000, 2 * perSecond * this.#turnMs);
    turns.credit = Math.min(creditMax, turns.credit + (time - turns.at) * perSecond);
    turns.at = time;
    if (turns.credit < 1000) return false;
    turns.credit -= 1000;
    return true;
  }
}

/** What one loop turn hands to one room, in bytes of text; a bigger burst goes on in the next turn. */
export const roomTurnBytes = 262_144;

/**
 * What one loop turn hands to all rooms, so that a reader of many rooms is not cut by a burst in all of them: with
 * the largest answer it stays below the default send buffer.
 */
const turnBytes = 786_432;

/** Something with events to hand out. Returns how many bytes it handed out, and says whether there is more. */
export interface Deliverer {
  deliver(bytesMax: number): number;
  readonly hasUndelivered: boolean;
}

/** Hands out at once while the turn's budget lasts, then turn by turn, fairly between rooms. */
export class DeliveryPacer {
  readonly #nextTurn: (callback: () => void) => void;
  /** First in, first served; a room with more goes to the end. */
  readonly #waiting = new Set<Deliverer>();
  #spentBytes = 0;
  readonly #spentByRoom = new Map<Deliverer, number>();
  #isArmed = false;

  constructor(nextTurn: (callback: () => void) => void = setImmediate) {
    this.#nextTurn = nextTurn;
  }

  request(deliverer: Deliverer): void {
    if (this.#waiting.has(deliverer)) return;
    this.#serve(deliverer);
  }

  #serve(deliverer: Deliverer): void {
    this.#arm();
    const spentBytes = this.#spentByRoom.get(deliverer) ?? 0;
    if (this.#spentBytes < turnBytes && spentBytes < roomTurnBytes) {
      const bytes = deliverer.deliver(roomTurnBytes - spentBytes);
      this.#spentByRoom.set(deliverer, spentBytes + bytes);
      this.#spentBytes += bytes;
    }
    if (deliverer.hasUndelivered) this.#waiting.add(deliverer);
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#nextTurn(() => this.#startTurn());
  }

  #startTurn(): void {
    this.#isArmed = false;
    this.#spentBytes = 0;
    this.#spentByRoom.clear();
    const waiting = [...this.#waiting];
    for (const deliverer of waiting) {
      if (this.#spentBytes >= turnBytes) return this.#arm();
      this.#waiting.delete(deliverer);
      this.#serve(deliverer);
    }
  }
}

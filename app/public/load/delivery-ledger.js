/** So long a delivery may take until it counts as lost; a lost connection is back well before. */
const lostAfterMs = 30_000;
/** Bounds what is remembered; a load that is so far behind is not taken further. */
const openMax = 20_000;

/**
 * @typedef {{ sentAt: number, isStored: boolean, seen: Set<number>, expected: number }} Entry
 */

/** Who has received which message. Every receiver that was live when a message was sent has to, once. */
export class DeliveryLedger {
  /** @type {Map<string, Entry>} */
  #open = new Map();
  delivered = 0;
  duplicates = 0;
  lost = 0;

  /** Deliveries that are still awaited. */
  get awaited() {
    let sum = 0;
    for (const { expected, seen } of this.#open.values()) sum += Math.max(0, expected - seen.size);
    return sum;
  }

  get isFull() {
    return this.#open.size >= openMax;
  }

  /** @param {string} id @param {number} now @param {number} expected */
  sent(id, now, expected) {
    this.#open.set(id, { sentAt: now, isStored: false, seen: new Set(), expected });
  }

  /** It was refused: nobody gets it. @param {string} id */
  refused(id) {
    this.#open.delete(id);
  }

  /** @param {string} id @param {number} receiver @param {number} now Returns how long it took; null if it does not count. */
  received(id, receiver, now) {
    const entry = this.#open.get(id);
    if (entry === undefined) return null;
    if (entry.seen.has(receiver)) {
      this.duplicates += 1;
      return null;
    }
    entry.seen.add(receiver);
    this.delivered += 1;
    return now - entry.sentAt;
  }

  /** Closes what is complete and has had time for a second delivery, and what is overdue. @param {number} now */
  settle(now) {
    for (const [id, { sentAt, seen, expected }] of this.#open) {
      const age = now - sentAt;
      const isComplete = seen.size >= expected;
      if (age < (isComplete ? completeAfterMs : lostAfterMs)) continue;
      this.lost += Math.max(0, expected - seen.size);
      this.#open.delete(id);
    }
  }
}

const completeAfterMs = 5_000;

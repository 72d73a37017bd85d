/** Missing numbers that are remembered, so that one which comes after all is not taken for a second copy. */
const missingMax = 1000;

/**
 * One direction: messages numbered from 1 as they are sent, and what arrives of them. It keeps only the numbers that
 * were overtaken.
 */
export class NumberedMessages {
  sent = 0;
  doubled = 0;
  disordered = 0;
  /** Different ones. */
  received = 0;
  #next = 1;
  readonly #missing = new Set<number>();

  /** The number of the next one. */
  send(): number {
    this.sent += 1;
    return this.sent;
  }

  /** False: this one had come before, or was never sent. */
  receive(number: number): boolean {
    if (number > this.sent) return false;
    if (number < this.#next) return this.#receiveOld(number);
    for (let missing = this.#next; missing < number; missing += 1) this.#miss(missing);
    this.#next = number + 1;
    this.received += 1;
    return true;
  }

  /** Whether it has arrived, as far as it is remembered. */
  has(number: number): boolean {
    return number < this.#next && !this.#missing.has(number);
  }

  get lost(): number {
    return this.sent - this.received;
  }

  #receiveOld(number: number): boolean {
    if (!this.#missing.delete(number)) {
      this.doubled += 1;
      return false;
    }
    this.disordered += 1;
    this.received += 1;
    return true;
  }

  #miss(number: number): void {
    this.#missing.add(number);
    if (this.#missing.size <= missingMax) return;
    const [oldest] = this.#missing;
    if (oldest !== undefined) this.#missing.delete(oldest);
  }
}

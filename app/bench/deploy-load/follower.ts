/** How one member fares with one log, whose numbers have to come one after another. */
export class Follower {
  seq = 0;
  /** Where it began. */
  first = 0;
  doubled = 0;
  disordered = 0;
  /** Passed over, and not told since. */
  readonly #missing = new Set<number>();
  #missingMore = 0;

  begin(seq: number): void {
    this.seq = this.first = seq;
  }

  take(seq: number): void {
    if (seq > this.seq) {
      for (let passed = this.seq + 1; passed < seq; passed += 1) this.#miss(passed);
      this.seq = seq;
    } else if (this.#missing.delete(seq)) this.disordered += 1;
    else this.doubled += 1;
  }

  /** How many of the log's entries up to `head` it was not told. */
  lostUpTo(head: number): number {
    return this.#missing.size + this.#missingMore + Math.max(0, head - this.seq);
  }

  #miss(seq: number): void {
    if (this.#missing.size < missingMax) this.#missing.add(seq);
    else this.#missingMore += 1;
  }
}

/** More are only counted: what is this wrong needs no finer verdict. */
const missingMax = 1_000;

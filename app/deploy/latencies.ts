/** Fine enough for what takes a few ms. */
const stepMs = 0.25;
/** Beyond these nobody asks for the exact figure. */
const exactMs = 30_000;

/** How long things took, in steps of a quarter of a millisecond: in as much memory for a million as for a thousand. */
export class Latencies {
  /** By step. */
  readonly #counts = new Map<number, number>();
  count = 0;

  /** What took more than 30 s counts as 30 s. */
  add(ms: number): void {
    this.#add(Math.round(Math.min(Math.max(0, ms), exactMs) / stepMs), 1);
  }

  /** What another one's `toJSON` has told. */
  addAll(pairs: readonly [step: number, count: number][]): void {
    for (const [step, count] of pairs) this.#add(step, count);
  }

  /** How many took longer. */
  over(ms: number): number {
    return this.toJSON().reduce((sum, [step, count]) => (step * stepMs > ms ? sum + count : sum), 0);
  }

  /** In ms; 0 without any. */
  quantile(share: number): number {
    let left = Math.ceil(this.count * share);
    for (const [step, count] of this.toJSON().sort(([one], [other]) => one - other)) {
      left -= count;
      if (left <= 0) return step * stepMs;
    }
    return 0;
  }

  toJSON(): [step: number, count: number][] {
    return [...this.#counts];
  }

  #add(step: number, count: number): void {
    this.#counts.set(step, (this.#counts.get(step) ?? 0) + count);
    this.count += count;
  }
}

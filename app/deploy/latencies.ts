/** Beyond these nobody asks for the exact figure. */
const exactMs = 10_000;

/** Times in whole ms, in as much memory for a million as for one. */
export class Latencies {
  readonly #counts = new Uint32Array(exactMs + 1);
  count = 0;
  maxMs = 0;

  add(ms: number): void {
    const whole = Math.max(0, Math.round(ms));
    this.#counts[Math.min(whole, exactMs)] = (this.#counts[Math.min(whole, exactMs)] ?? 0) + 1;
    this.maxMs = Math.max(this.maxMs, whole);
    this.count += 1;
  }

  /** How many took longer; exact up to 10 s. */
  over(ms: number): number {
    return this.#counts.subarray(ms + 1).reduce((sum, count) => sum + count, 0);
  }

  /** In ms; 0 without any. What took more than 10 s counts as the longest that there was. */
  quantile(share: number): number {
    const wanted = Math.ceil(this.count * share);
    let seen = 0;
    for (let ms = 0; ms < exactMs; ms += 1) {
      seen += this.#counts[ms] ?? 0;
      if (seen >= wanted) return wanted === 0 ? 0 : ms;
    }
    return this.maxMs;
  }
}

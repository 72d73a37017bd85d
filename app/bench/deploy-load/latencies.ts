const bucketMs = 0.25;
const spanMs = 30_000;

/** How long deliveries took, in steps of a quarter of a millisecond. */
export class Latencies {
  readonly #counts = new Uint32Array(spanMs / bucketMs + 1);

  add(ms: number): void {
    const bucket = Math.min(this.#counts.length - 1, Math.max(0, Math.round(ms / bucketMs)));
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
  }

  /** What is not 0, as pairs of bucket and count. */
  toJSON(): [number, number][] {
    const pairs: [number, number][] = [];
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) pairs.push([bucket, count]);
    return pairs;
  }

  addAll(pairs: readonly [number, number][]): void {
    for (const [bucket, count] of pairs) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  quantile(share: number): number {
    let left = Math.ceil(this.count * share);
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return bucket * bucketMs;
    }
    return 0;
  }
}

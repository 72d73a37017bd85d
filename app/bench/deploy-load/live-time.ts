/** How long one client was without an open socket, once it had one. */
export class LiveTime {
  longestGapMs = 0;
  #open = 0;
  #lostAt: number | null = null;
  readonly #isWatched: () => boolean;
  readonly #now: () => number;

  /** `now`: ms of a clock that is never set. */
  constructor(isWatched: () => boolean, now: () => number = () => performance.now()) {
    this.#isWatched = isWatched;
    this.#now = now;
  }

  get isLive(): boolean {
    return this.#open > 0;
  }

  opened(): void {
    this.#open += 1;
    this.#note();
    this.#lostAt = null;
  }

  closed(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#lostAt = this.#now();
  }

  /** A gap that lasts counts up to now. */
  end(): void {
    this.#note();
  }

  #note(): void {
    if (this.#lostAt === null || !this.#isWatched()) return;
    this.longestGapMs = Math.max(this.longestGapMs, this.#now() - this.#lostAt);
  }
}

const firstMs = 100;
const maxMs = 30_000;
/** Who lived so long did not end because of how it was started. */
const steadyMs = 60_000;

/** How long to wait before a worker is started again: twice as long each time, and never for all at one moment. */
export class RespawnBackoff {
  readonly #random: () => number;
  #inARow = 0;

  /** `random`: in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** 50 ms to 30 s. `livedMs`: how long the one lived that has ended. */
  next(livedMs: number): number {
    this.#inARow = livedMs >= steadyMs ? 0 : this.#inARow;
    const delayMs = Math.min(maxMs, firstMs * 2 ** this.#inARow);
    this.#inARow += 1;
    return delayMs * (0.5 + this.#random() / 2);
  }
}

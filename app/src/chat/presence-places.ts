import type { Log } from "../telemetry/log.ts";

/** Users on other instances, each once per room and instance. One takes about half a kilobyte. */
const placesMaxDefault = 100_000;

/**
 * How many users on other instances may be remembered, over all rooms. Who finds no place is not noticed here: not
 * told, not listed and not counted, until they are told of again.
 */
export class PresencePlaces {
  readonly #log: Pick<Log, "warn">;
  readonly #max: number;
  #taken = 0;
  #isToldFull = false;

  constructor(log: Pick<Log, "warn">, max = placesMaxDefault) {
    this.#log = log;
    this.#max = max;
  }

  /** A negative count gives back, which is always possible. */
  take(count: number): boolean {
    if (count > 0 && this.#taken + count > this.#max) {
      this.#tellFull();
      return false;
    }
    this.#taken += count;
    if (this.#taken < this.#max / 2) this.#isToldFull = false;
    return true;
  }

  /** Once, and again when it was half empty in between. */
  #tellFull(): void {
    if (!this.#isToldFull)
      this.#log.warn("task.failed", { stage: "presence.elsewhere", usersMax: this.#max });
    this.#isToldFull = true;
  }
}

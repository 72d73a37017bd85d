import type { Position } from "./wire.ts";

/**
 * Where the client is in a room's log: every event counts once, in order, whichever connection brings it. A new epoch
 * that goes on where the old one ended is followed; what the old one still says after that is late.
 */
export class LogPosition {
  #position: Position | null = null;
  #formerEpoch: string | null = null;

  /** Null: nothing has been seen yet. */
  get position(): Position | null {
    return this.#position;
  }

  /** Moves if the event is the next one. */
  take({ epoch, seq }: Position): "next" | "duplicate" | "hole" {
    const at = this.#position;
    if (at === null || epoch === this.#formerEpoch || (epoch === at.epoch && seq <= at.seq))
      return "duplicate";
    if (seq !== at.seq + 1) return "hole";
    this.#move(epoch, seq);
    return "next";
  }

  /** The log goes on under this epoch, and was seen at least up to this seq. */
  reach({ epoch, seq }: Position): void {
    this.#move(epoch, Math.max(seq, this.#position?.seq ?? 0));
  }

  /** Everything before is void. */
  reset({ epoch, seq }: Position): void {
    this.#move(epoch, seq);
  }

  forget(): void {
    this.#position = this.#formerEpoch = null;
  }

  #move(epoch: string, seq: number): void {
    const before = this.#position?.epoch;
    if (before && before !== epoch) this.#formerEpoch = before;
    this.#position = { epoch, seq };
  }
}

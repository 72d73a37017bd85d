// What a member may expect of its room's log: every seq once, in order. Imports nothing: it also runs outside k6.

/** More than that at once is no hole but another log; it is counted as lost all the same. */
const holeMax = 10_000;

/**
 * Follows the seqs of one room over all sockets of a user.
 * @typedef {{ readonly lost: (count: number) => void, readonly doubled: () => void, readonly outOfOrder: () => void }} Verdicts
 */
export class RoomLog {
  epoch = "";
  /** The highest seq so far. */
  seq = 0;
  /** Up to here a second socket may repeat what the first one brought. */
  #repeatsTo = 0;
  /** @type {Set<number>} */
  #missing = new Set();
  /** @type {Verdicts} */
  #verdicts;

  /** @param {Verdicts} verdicts */
  constructor(verdicts) {
    this.#verdicts = verdicts;
  }

  get isWhole() {
    return this.#missing.size === 0;
  }

  /**
   * A first join, or one that starts over: what was before is of no concern.
   * @param {string} epoch
   * @param {number} seq
   */
  begin(epoch, seq) {
    this.epoch = epoch;
    this.seq = seq;
    this.#repeatsTo = 0;
    this.#missing.clear();
  }

  /** From now on another socket brings the log, from a position that this one has passed since. */
  allowRepeats() {
    this.#repeatsTo = this.seq;
  }

  /**
   * An event is there. False: it was before.
   * @param {string} epoch
   * @param {number} seq
   */
  take(epoch, seq) {
    this.#adopt(epoch);
    if (seq > this.seq) {
      this.#miss(this.seq + 1, seq);
      this.seq = seq;
      return true;
    }
    if (this.#missing.delete(seq)) {
      this.#verdicts.outOfOrder();
      return true;
    }
    if (seq > this.#repeatsTo) this.#verdicts.doubled();
    return false;
  }

  /**
   * The server says that everything up to here was sent.
   * @param {string} epoch
   * @param {number} seq
   */
  reach(epoch, seq) {
    if (seq === 0) return;
    this.#adopt(epoch);
    this.#miss(this.seq + 1, seq + 1);
    this.seq = Math.max(this.seq, seq);
  }

  /** What has not come by now never will. */
  end() {
    if (this.#missing.size > 0) this.#verdicts.lost(this.#missing.size);
    this.#missing.clear();
  }

  /**
   * A room without a log has no epoch; after that it changes only where the server said so.
   * @param {string} epoch
   */
  #adopt(epoch) {
    if (epoch === this.epoch) return;
    if (this.epoch !== "") this.#verdicts.outOfOrder();
    this.epoch = epoch;
  }

  /**
   * @param {number} from
   * @param {number} to not included
   */
  #miss(from, to) {
    if (to - from > holeMax) return this.#verdicts.lost(to - from);
    for (let seq = from; seq < to; seq++) this.#missing.add(seq);
  }
}

// What a member may expect of its room's senders: each one's messages once, in order, where the sender was told that
// they are. That finds what dense seqs alone would hide. Imports nothing: it also runs outside k6.

/** @import { Note } from "./chat-wire.js" */
/** @import { Verdicts } from "./room-log.js" */

/** One for each session that a room sees while one of its members is connected. */
const sendersMax = 1000;

export class SenderOrder {
  /** What came last of each. @type {Map<string, { readonly number: number, readonly seq: number }>} */
  #last = new Map();
  /** @type {Verdicts} */
  #verdicts;

  /** @param {Verdicts} verdicts */
  constructor(verdicts) {
    this.#verdicts = verdicts;
  }

  /** A join that starts over may have left any number out. */
  clear() {
    this.#last.clear();
  }

  /**
   * @param {Note} note
   * @param {number} seq
   */
  take({ sender, number, previousSeq }, seq) {
    const last = this.#last.get(sender);
    if (last !== undefined) this.#compare(last, number, previousSeq);
    else if (this.#last.size >= sendersMax) return;
    this.#last.set(sender, { number: Math.max(number, last?.number ?? 0), seq });
  }

  /**
   * @param {{ readonly number: number, readonly seq: number }} last
   * @param {number} number
   * @param {number} previousSeq
   */
  #compare(last, number, previousSeq) {
    if (number === last.number) this.#verdicts.doubled();
    else if (number < last.number) this.#verdicts.outOfOrder();
    else if (number > last.number + 1) this.#verdicts.lost(number - last.number - 1);
    else if (previousSeq !== last.seq) this.#verdicts.outOfOrder();
  }
}

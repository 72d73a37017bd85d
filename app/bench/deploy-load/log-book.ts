import { numberIn, placeIn } from "./message-code.ts";

/** Which message has which seq in one room, by what anybody in this process was told: 4 bytes each. */
export class LogBook {
  head = 0;
  /** Two were told different things of one seq. */
  contradictions = 0;
  #codes = new Uint32Array(256);

  note(seq: number, code: number): void {
    if (seq >= this.#codes.length) this.#grow(seq);
    const known = this.#codes[seq] as number;
    if (known === 0) this.#codes[seq] = code;
    else if (known !== code) this.contradictions += 1;
    this.head = Math.max(this.head, seq);
  }

  /** Equal where two processes were told the same. */
  get digest(): string {
    return Bun.hash(this.#codes.subarray(0, this.head + 1)).toString(36);
  }

  /** How many messages of each sender are there, if each is there once and in the order of sending; null: not so. */
  numbersBySender(senders: number): number[] | null {
    const last = new Array<number>(senders).fill(0);
    for (let seq = 1; seq <= this.head; seq += 1) {
      const code = this.#codes[seq] as number;
      const place = placeIn(code);
      if (numberIn(code) !== (last[place] ?? Number.NaN) + 1) return null;
      last[place] = numberIn(code);
    }
    return last;
  }

  #grow(seq: number): void {
    const wider = new Uint32Array(Math.max(seq + 1, this.#codes.length * 2));
    wider.set(this.#codes);
    this.#codes = wider;
  }
}

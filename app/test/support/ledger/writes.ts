import type { SeededRandom } from "../seeded-random.ts";

export interface Write {
  readonly id: string;
  readonly room: string;
  readonly content: string;
  /** Which of the author's messages to this room it is, from 1. */
  readonly meta: { readonly number: number };
}

const longChars = 4000;

/** The messages of one member: which are still to be sent, which are not acked yet, and where the others were stored. */
export class Writes {
  /** By their idempotency key, in the order in which they were first sent. */
  readonly pending = new Map<string, Write>();
  /** Seq by idempotency key. */
  readonly acked = new Map<string, number>();
  left: number;
  /** How often a repeated command was answered as such. */
  duplicates = 0;
  readonly #author: string;
  readonly #random: SeededRandom;
  readonly #countByRoom = new Map<string, number>();

  constructor(author: string, count: number, random: SeededRandom) {
    this.#author = author;
    this.left = count;
    this.#random = random;
  }

  get isDone(): boolean {
    return this.left === 0 && this.pending.size === 0;
  }

  next(room: string): Write {
    const number = (this.#countByRoom.get(room) ?? 0) + 1;
    this.#countByRoom.set(room, number);
    const filler = this.#random.chance(0.1) ? "x".repeat(this.#random.below(longChars)) : "";
    const content = `${this.#author} ${number} ${filler}`;
    const write = { id: crypto.randomUUID(), room, content, meta: { number } };
    this.pending.set(write.id, write);
    this.left -= 1;
    return write;
  }

  settle(write: Write, seq: number, isDuplicate: boolean): void {
    if (isDuplicate) this.duplicates += 1;
    this.pending.delete(write.id);
    this.acked.set(write.id, seq);
  }
}

import { textUnitsOf, type Write, type WriteResult } from "./write.ts";

export interface WaitingWrite {
  readonly write: Write;
  resolve(result: WriteResult): void;
}

export interface QueueBounds {
  readonly items: number;
  /** UTF-16 units of content and meta. */
  readonly textUnits: number;
}

/** Writes that wait for their turn, in order, bounded in number and text. */
export class WriteQueue {
  readonly #bounds: QueueBounds;
  #waiting: WaitingWrite[] = [];
  #textUnits = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** False: the queue is full, and the write was not taken. */
  offer(waiting: WaitingWrite): boolean {
    const { items, textUnits } = this.#bounds;
    if (this.#waiting.length >= items || this.#textUnits >= textUnits) return false;
    this.#waiting.push(waiting);
    this.#textUnits += textUnitsOf(waiting.write);
    return true;
  }

  /** Takes the oldest within the bounds, at least one if there is any. */
  take(bounds: QueueBounds): readonly WaitingWrite[] {
    let count = 0;
    let textUnits = 0;
    for (const { write } of this.#waiting) {
      if (count >= bounds.items || textUnits >= bounds.textUnits) break;
      count++;
      textUnits += textUnitsOf(write);
    }
    this.#textUnits -= textUnits;
    if (count < this.#waiting.length) return this.#waiting.splice(0, count);
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }
}

import type { Connection } from "./connection.ts";
import type { HandoverEnding } from "./ending.ts";

/** A connection that takes longer to move is late: this share of its time, and never less than a slow network needs. */
const lateShare = 1 / 10;
const lateMsMin = 500;
/** Fewer than so many on their way are never too many. */
const limitMin = 16;
/** How much a single move says about all: the newest to be told are not always the last to leave. */
const weight = 0.1;
/** Where fewer than so many of those who were told have moved, most of the others do not know how to. */
const moversShareMin = 1 / 20;

interface Told {
  readonly number: number;
  readonly at: number;
}

/**
 * Whether a drain may go on at its pace, or tells faster than the next server takes connections: then those who wait
 * there would run out of time, be closed, and come back all at once. As TCP does with a path: with each late move half
 * as many may be on their way, with each timely one another. Without a late move there is no limit. Times are ms of the drain.
 */
export class MoveWindow {
  readonly #told = new Map<Connection, Told>();
  #toldCount = 0;
  #movedCount = 0;
  #movedAt = 0;
  /** Whoever was told before, and is still there, does not know how to move: others who were told later have left. */
  #passed = 0;
  #limit = Number.POSITIVE_INFINITY;
  #narrowedAt = Number.NEGATIVE_INFINITY;

  told(connection: Connection, time: number): void {
    this.#toldCount += 1;
    this.#told.set(connection, { number: this.#toldCount, at: time });
  }

  left(connection: Connection, time: number, ending: HandoverEnding, graceMs: number): void {
    const told = this.#told.get(connection);
    if (told === undefined) return;
    if (ending === "moved") this.#move(told, time, lateAfter(graceMs));
    this.#told.delete(connection);
  }

  isOpen(time: number, graceMs: number): boolean {
    const onTheirWay = this.#onTheirWay;
    if (onTheirWay < limitMin) return true;
    return onTheirWay < this.#limit && !this.#hasStalled(time, lateAfter(graceMs));
  }

  #move({ number, at }: Told, time: number, lateMs: number): void {
    this.#movedCount += 1;
    this.#movedAt = time;
    if (time - at <= lateMs) this.#limit += 1;
    else if (time - this.#narrowedAt > lateMs) this.#narrow(time);
    if (number > this.#passed) this.#passed += (number - this.#passed) * weight;
  }

  #narrow(time: number): void {
    this.#limit = Math.max(limitMin, Math.floor(this.#onTheirWay / 2));
    this.#narrowedAt = time;
  }

  /** They knew how to move, and nobody does any more. */
  #hasStalled(time: number, lateMs: number): boolean {
    return time - this.#movedAt > lateMs && this.#movedCount > this.#toldCount * moversShareMin;
  }

  get #onTheirWay(): number {
    return Math.min(this.#told.size, this.#toldCount - this.#passed);
  }
}

const lateAfter = (graceMs: number): number => Math.max(lateMsMin, graceMs * lateShare);

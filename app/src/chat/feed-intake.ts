import type { StoredEvent } from "./engine.ts";

/** Events that wait for their turn. Past this the bus is not listened to: what it brings is read from the log later. */
const readyMax = 10_000;

/** Events beyond a hole. Past this they are dropped, since the repair reads them anyway. */
const earlyMax = 1000;

/** Puts what the bus brings into order: old events are dropped, early ones held until the hole before them is filled. */
export class FeedIntake {
  /** Dense, in order, next to be handed out. */
  readonly ready: StoredEvent[] = [];
  readonly #early = new Map<number, StoredEvent>();
  #isStarted = false;
  /** True: something was not taken in, so the log holds more than was seen. */
  #isIncomplete = false;

  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** Until then everything is early: the feed does not know yet where it begins. */
  start(): void {
    this.#isStarted = true;
  }

  put(event: StoredEvent, epoch: string, acceptedSeq: number): void {
    if (!this.#isStarted) this.#hold(event);
    else if (event.epoch !== epoch) this.#isIncomplete = true;
    else if (event.seq === acceptedSeq + 1 && this.ready.length < readyMax) this.ready.push(event);
    else if (event.seq > acceptedSeq) this.#hold(event);
  }

  /** Events read from the log, dense from `acceptedSeq + 1` or from before it. `isComplete`: up to the log's head. */
  putRepaired(events: readonly StoredEvent[], acceptedSeq: number, isComplete: boolean): void {
    // A hole that the log cannot fill: either the log lost its end, or the events came after it was read.
    const isLogShort = events.length === 0 && this.#early.size > 0;
    if (isLogShort) this.#early.clear();
    this.#isIncomplete = isLogShort || !isComplete;
    let next = acceptedSeq + 1;
    for (const event of events) {
      if (event.seq !== next) continue;
      if (this.ready.length >= readyMax) this.#isIncomplete = true;
      else this.ready.push(event);
      next += 1;
    }
  }

  #hold(event: StoredEvent): void {
    if (this.#early.size < earlyMax) this.#early.set(event.seq, event);
    else this.#isIncomplete = true;
  }

  /** Moves the early events that now fit. False: there is a hole that only the log can fill, and room for what it holds. */
  moveEarly(epoch: string, acceptedSeq: number): boolean {
    if (!this.#isStarted) return true;
    let next = acceptedSeq + 1;
    while (this.ready.length < readyMax && this.#early.get(next)?.epoch === epoch) {
      this.ready.push(this.#early.get(next) as StoredEvent);
      next += 1;
    }
    this.#dropEarlyBefore(next);
    if (this.ready.length >= readyMax) return true;
    const isHole = this.#early.size > 0 && this.#early.get(next)?.epoch !== epoch;
    return !isHole && !this.#isIncomplete;
  }

  #dropEarlyBefore(seq: number): void {
    for (const early of this.#early.keys()) if (early < seq) this.#early.delete(early);
  }

  take(count: number): void {
    this.ready.splice(0, count);
  }

  clear(): void {
    this.ready.length = 0;
    this.#early.clear();
    this.#isIncomplete = false;
    this.#isStarted = false;
  }
}

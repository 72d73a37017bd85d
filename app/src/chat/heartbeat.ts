import type { Cancel, Clock } from "./clock.ts";

/** What the wheel visits once every interval. */
export interface Beating {
  beat(): void;
  /** Counts up from 1 by arrival, so that every turn has as many. */
  readonly number: number;
}

/** A turn that comes so much too late follows a pause of the process: what peers sent meanwhile is read first. */
const pauseMs = 1000;

/** Each turn serves a 30th of all connections. */
const turnsPerInterval = 30;

/**
 * One timer for all connections. Each has its turn of the wheel by its number, so heartbeats are spread evenly over
 * the interval whenever their connections came. Every turn looks at all: a look costs nanoseconds, a set for each turn
 * would cost every connection 70 bytes.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #turnMs: number;
  readonly #beating: ReadonlyMap<unknown, Beating>;
  #current = 0;
  #dueAt = 0;
  #cancel: Cancel | null = null;

  constructor(clock: Clock, intervalMs: number, beating: ReadonlyMap<unknown, Beating>) {
    this.#clock = clock;
    this.#turnMs = intervalMs / turnsPerInterval;
    this.#beating = beating;
  }

  start(): void {
    if (this.#turnMs === 0) return;
    this.#dueAt = this.#clock.monotonic() + this.#turnMs;
    this.#cancel = this.#clock.after(this.#turnMs, () => this.#turn());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #turn(): void {
    const isAfterPause = this.#clock.monotonic() > this.#dueAt + pauseMs;
    this.start();
    if (isAfterPause) return;
    this.#current = (this.#current + 1) % turnsPerInterval;
    for (const beating of this.#beating.values())
      if ((beating.number - 1) % turnsPerInterval === this.#current) beating.beat();
  }
}

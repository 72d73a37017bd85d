import type { Cancel, Clock } from "./clock.ts";

/** What the wheel visits once every interval. */
export interface Beating {
  beat(): void;
  slot: number;
}

/** A turn that comes so much too late follows a pause of the process: what peers sent meanwhile is read first. */
const pauseMs = 1000;

/** Slots of the wheel: each turn serves a 30th of all connections. */
const slotCount = 30;

/**
 * One timer for all connections. Each is put into a slot on arrival, round robin, and visited when the wheel comes
 * by, so heartbeats are spread evenly over the interval whenever their connections came.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #turnMs: number;
  readonly #slots: readonly Set<Beating>[];
  #next = 0;
  #current = 0;
  #dueAt = 0;
  #cancel: Cancel | null = null;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#turnMs = intervalMs / slotCount;
    this.#slots = Array.from({ length: slotCount }, () => new Set<Beating>());
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

  add(beating: Beating): void {
    beating.slot = this.#next;
    this.#next = (this.#next + 1) % slotCount;
    this.#slots[beating.slot]?.add(beating);
  }

  remove(beating: Beating): void {
    this.#slots[beating.slot]?.delete(beating);
  }

  #turn(): void {
    const isAfterPause = this.#clock.monotonic() > this.#dueAt + pauseMs;
    this.start();
    if (isAfterPause) return;
    this.#current = (this.#current + 1) % slotCount;
    for (const beating of this.#slots[this.#current] ?? []) beating.beat();
  }
}

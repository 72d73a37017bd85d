import type { Cancel, Clock } from "./clock.ts";

/** What the wheel visits once every interval. */
export interface Beating {
  beat(): void;
  slot: number;
}

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
  #cancel: Cancel | null = null;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#turnMs = intervalMs / slotCount;
    this.#slots = Array.from({ length: slotCount }, () => new Set<Beating>());
  }

  start(): void {
    if (this.#turnMs === 0) return;
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
    this.start();
    this.#current = (this.#current + 1) % slotCount;
    for (const beating of this.#slots[this.#current] ?? []) beating.beat();
  }
}

import type { Connection } from "./connection.ts";
import { DrainOrder } from "./drain-order.ts";
import { DueCloses } from "./due-closes.ts";
import type { HandoverEnding } from "./ending.ts";
import { keep, sendAway } from "./goodbye.ts";
import { MoveWindow } from "./move-window.ts";

export interface DrainPace {
  /** Connections told per second, unless moving takes them too long: more than 0, and finite. */
  readonly ratePerSecond: number;
  /** How long each of them may take to move. */
  readonly graceMs: number;
  /** By when everybody has had that time; the grace is at most half of it. Without it the pace is kept to. */
  readonly deadlineMs?: number;
  /** How many of the connections are told, 0 to 100, rounded up; the default is 100. */
  readonly percent?: number;
}

/** How far apart the turns are at which connections are told and closed: five at once would be five handshakes at once. */
export const turnMs = 5;

/** A turn that comes later makes up for no more than this, so that nobody is told in a burst. */
const lateMsMax = 100;

/**
 * One drain: tells connections at its pace, and closes who has not left in time. Its time stands still while the
 * engine is down, since nobody could move then; only the deadline comes nearer.
 */
export class DrainRun {
  readonly #order: DrainOrder;
  readonly #closes = new DueCloses();
  readonly #window = new MoveWindow();
  #pace: DrainPace;
  /** On the monotonic clock; by then everybody should have been told. */
  #tellBy = Number.POSITIVE_INFINITY;
  #turnedAt: number;
  #time = 0;
  /** Thousandths of a goodbye: whole numbers add up exactly. */
  #credit = 0;
  #total = 0;
  #told = 0;

  constructor(pace: DrainPace, now: number, random: () => number) {
    this.#order = new DrainOrder(random, turnMs);
    this.#pace = pace;
    this.#turnedAt = now;
    this.change(pace, now);
  }

  get percent(): number {
    return this.#pace.percent ?? 100;
  }

  /** How many were told so far. */
  get told(): number {
    return this.#told;
  }

  /** How many have still to be told. */
  get untold(): number {
    if (this.percent === 100) return this.#order.size;
    const wanted = Math.ceil((this.#total * this.percent) / 100);
    return Math.min(this.#order.size, Math.max(0, wanted - this.#told));
  }

  /** How many are not to be told. */
  get kept(): number {
    return this.#order.size - this.untold;
  }

  change(pace: DrainPace, now: number): void {
    this.#pace = pace;
    this.#tellBy = now + (pace.deadlineMs ?? Number.POSITIVE_INFINITY) - this.#closesInMs;
  }

  add(connection: Connection): void {
    this.#total += 1;
    this.#order.add(connection);
  }

  remove(connection: Connection): void {
    this.#order.remove(connection);
  }

  /** One that was told. */
  left(connection: Connection, ending: HandoverEnding): void {
    this.#window.left(connection, this.#time, ending, this.#closesInMs);
  }

  turn(now: number, isPaused: boolean): void {
    const elapsedMs = Math.min(now - this.#turnedAt, lateMsMax);
    this.#turnedAt = now;
    if (isPaused) return;
    this.#time += elapsedMs;
    this.#closes.closeUntil(this.#time);
    this.#tell(elapsedMs, Math.max(elapsedMs, this.#tellBy - now + elapsedMs));
  }

  /** Everybody at once. Who has been told already is told again, since less time is left. */
  tellAll(): void {
    for (const connection of this.#closes.pending())
      connection.sayGoodbye("draining", "restart", this.#closesInMs);
    for (const connection of this.#order.takeAll()) this.#sendAway(connection);
  }

  /** Withdraws every goodbye; returns how many clients stay. */
  withdraw(): number {
    let stayed = 0;
    for (const connection of this.#closes.pending()) if (keep(connection)) stayed += 1;
    return stayed;
  }

  /** `windowMs`: what is left of the time in which everybody has to be told, this turn included. */
  #tell(elapsedMs: number, windowMs: number): void {
    const isOpen = this.#window.isOpen(this.#time, this.#closesInMs);
    const perSecond = Math.max(isOpen ? this.#pace.ratePerSecond : 0, (this.untold * 1000) / windowMs);
    this.#credit += elapsedMs * perSecond;
    while (this.#credit >= 1000 && this.untold > 0) {
      const connection = this.#order.take(this.#time, windowMs);
      if (connection === undefined) break;
      if (this.#sendAway(connection)) this.#credit -= 1000;
    }
    // A turn that nobody could use is not kept for later.
    this.#credit %= 1000;
  }

  #sendAway(connection: Connection): boolean {
    const closesInMs = this.#closesInMs;
    if (!sendAway(connection, closesInMs)) return false;
    this.#told += 1;
    this.#closes.add(connection, this.#time + closesInMs);
    this.#window.told(connection, this.#time);
    return true;
  }

  get #closesInMs(): number {
    const { graceMs, deadlineMs = Number.POSITIVE_INFINITY } = this.#pace;
    return Math.min(graceMs, Math.floor(deadlineMs / 2));
  }
}

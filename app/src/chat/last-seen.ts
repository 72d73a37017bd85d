import type { Log } from "../telemetry/log.ts";
import type { Clock } from "./clock.ts";
import type { Engine } from "./engine.ts";
import type { Seen } from "./engine-people.ts";

const waitingMaxDefault = 10_000;

interface Surroundings {
  readonly engine: Pick<Engine, "noteSeen">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

/** Notes when users' last sockets closed, and has the engine remember it, many at a time. */
export class LastSeen {
  readonly #engine: Pick<Engine, "noteSeen">;
  readonly #clock: Pick<Clock, "now">;
  readonly #log: Log;
  readonly #waitingMax: number;
  /** By user, in the order of the times. */
  #waiting = new Map<string, number>();
  /** What the engine is storing. */
  readonly #storing = new Set<ReadonlyMap<string, number>>();
  #isFailing = false;

  /** Past `waitingMax`, while the engine is busy, the twentieth part that has waited longest is forgotten. */
  constructor({ engine, clock, log }: Surroundings, waitingMax = waitingMaxDefault) {
    this.#engine = engine;
    this.#clock = clock;
    this.#log = log;
    this.#waitingMax = waitingMax;
  }

  note(userId: string): void {
    this.#waiting.delete(userId);
    this.#waiting.set(userId, this.#clock.now());
    if (this.#waiting.size >= this.#waitingMax) this.sweep();
    if (this.#waiting.size > this.#waitingMax) this.#dropOldest(Math.ceil(this.#waitingMax / 20));
  }

  /** Several at once: each search for the oldest passes the places of all that were dropped before. */
  #dropOldest(count: number): void {
    for (const userId of this.#waiting.keys().take(count)) this.#waiting.delete(userId);
  }

  /** What the engine may not know yet. */
  of(userId: string): number | null {
    for (const seen of [this.#waiting, ...[...this.#storing].reverse()]) {
      const at = seen.get(userId);
      if (at !== undefined) return at;
    }
    return null;
  }

  /** Hands on what is waiting, unless the engine is busy with what was before it. */
  sweep(): void {
    if (this.#storing.size === 0) void this.flush();
  }

  /** Hands on what is waiting. Never rejects: what cannot be stored is dropped, and the first failure in a row logged. */
  async flush(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const seen = this.#waiting;
    this.#waiting = new Map();
    this.#storing.add(seen);
    try {
      await this.#engine.noteSeen(inOrder(seen));
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#log.warn("task.failed", { stage: "last_seen", error });
      this.#isFailing = true;
    } finally {
      this.#storing.delete(seen);
    }
  }
}

/** By user, as a table has them: a crowd that leaves is written in half the time. */
function inOrder(seen: ReadonlyMap<string, number>): Seen[] {
  return [...seen.keys()].sort().map((userId) => ({ userId, at: seen.get(userId) ?? 0 }));
}

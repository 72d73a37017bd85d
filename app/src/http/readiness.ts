import type { Cancel, Clock } from "../chat/clock.ts";
import type { Engine } from "../chat/engine.ts";
import type { Log } from "../telemetry/log.ts";

interface ReadinessDependencies {
  readonly engine: Pick<Engine, "probe">;
  readonly clock: Clock;
  readonly log: Log;
}

const intervalMs = 1000;
/** A canary that takes longer is lost. */
const canaryAgeMsMax = 5000;

/** Sends a canary through the engine every second: only what comes back proves that messages would. */
export class Readiness {
  readonly #deps: ReadinessDependencies;
  #cancel: Cancel | null = null;
  /** When the canary that is under way was sent, on the monotonic clock; null is none. */
  #sentAt: number | null = null;
  #returnedAt: number | null = null;
  #isFailing = false;

  constructor(deps: ReadinessDependencies) {
    this.#deps = deps;
  }

  start(): void {
    this.#beat();
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Since a canary last came back; null: none ever did. */
  get canaryAgeMs(): number | null {
    return this.#returnedAt === null ? null : this.#deps.clock.monotonic() - this.#returnedAt;
  }

  get isEngineHealthy(): boolean {
    return this.canaryAgeMs !== null && this.canaryAgeMs <= canaryAgeMsMax;
  }

  #beat(): void {
    this.#cancel = this.#deps.clock.after(intervalMs, () => this.#beat());
    const waitedMs =
      this.#sentAt === null ? Number.POSITIVE_INFINITY : this.#deps.clock.monotonic() - this.#sentAt;
    if (waitedMs > canaryAgeMsMax) void this.#probe(this.#deps.clock.monotonic());
  }

  async #probe(sentAt: number): Promise<void> {
    this.#sentAt = sentAt;
    try {
      await this.#deps.engine.probe();
      if (this.#sentAt === sentAt) this.#returned();
    } catch (error) {
      this.#failed(error);
    } finally {
      if (this.#sentAt === sentAt) this.#sentAt = null;
    }
  }

  #returned(): void {
    this.#returnedAt = this.#deps.clock.monotonic();
    this.#isFailing = false;
  }

  /** One line per outage, not one per second. */
  #failed(error: unknown): void {
    if (!this.#isFailing) this.#deps.log.error("task.failed", { stage: "canary", error });
    this.#isFailing = true;
  }
}

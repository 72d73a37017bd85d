import type { GapSource } from "../telemetry/metrics.ts";
import type { ChatContext } from "./context.ts";
import type { LogFollower } from "./log-follower.ts";

/** A hole of more events than this is not replayed to members: they are told `resync too_far`. */
const holeMax = 3000;
const pageEvents = 300;
const pageTextUnits = 1_048_576;

/** How long to wait after a read that failed. */
const retryMs = 1000;

/** Reads from the log what the bus lost. One repair at a time for each log. */
export class FeedRepair {
  readonly #follower: LogFollower;
  readonly #context: ChatContext;
  #running: Promise<void> | null = null;
  /** Something came to light that the read under way may have missed. */
  #isStale = false;

  constructor(follower: LogFollower, context: ChatContext) {
    this.#follower = follower;
    this.#context = context;
  }

  /** Resolves when the feed has been compared with the log, also if that failed and is tried again later. */
  request(source: GapSource): Promise<void> {
    this.#isStale = true;
    this.#running ??= this.#run(source);
    return this.#running;
  }

  async #run(source: GapSource): Promise<void> {
    const { clock, metrics, log } = this.#context;
    metrics.gapFound(source);
    const startedAt = clock.monotonic();
    try {
      while (this.#isStale) await this.#readHole();
      metrics.gapRepaired((clock.monotonic() - startedAt) / 1000);
    } catch (error) {
      log.warn("task.failed", { stage: "feed.repair", error });
      clock.after(retryMs, () => void this.request("poll"));
    } finally {
      this.#running = null;
    }
  }

  async #readHole(): Promise<void> {
    this.#isStale = false;
    const after = { epoch: this.#follower.epoch, seq: this.#follower.acceptedSeq };
    const bounds = { replayMax: holeMax, eventsMax: pageEvents, textUnitsMax: pageTextUnits };
    const replay = await this.#context.engine.replay(this.#follower.log, after, bounds);
    if (replay.recovered) this.#follower.takeRepaired(replay);
    else this.#follower.reset(replay.reason === "epoch" ? "epoch" : "too_far", replay);
  }
}

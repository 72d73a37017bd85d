import { type Refusal, refuse } from "../protocol/errors.ts";
import type { ChatContext } from "./context.ts";
import { EngineUnavailable, type Position, type StoredEvent } from "./engine.ts";
import { type ControlChange, controlRoom } from "./engine-people.ts";
import type { Identity } from "./identity.ts";
import { LogFollower } from "./log-follower.ts";

/** How long to wait after the engine could not say where the log is. */
const retryMs = 1000;

interface ControlReader {
  /** In the order of the log; `at`: when it was decided. */
  apply(change: ControlChange, at: number): void;
  /** Changes were missed: what is known here may be out of date. */
  missed(): void;
}

/** What this instance knows of the control log. */
export class ControlLog {
  readonly #context: ChatContext;
  readonly #reader: ControlReader;
  readonly #follower: LogFollower;
  #isFollowed = false;
  #isPolling = false;
  #isStopped = false;

  constructor(context: ChatContext, reader: ControlReader) {
    this.#context = context;
    this.#reader = reader;
    this.#follower = new LogFollower(controlRoom, context, {
      onReady: () => this.#applyReady(),
      onReset: () => reader.missed(),
      isUntold: () => this.#follower.head === 0,
    });
  }

  /** Resolves when the log is followed; tries again for as long as the engine does not answer. */
  async start(): Promise<void> {
    if (this.#isStopped) return;
    const { engine, clock, log } = this.#context;
    try {
      await engine.subscribe(controlRoom);
      this.#follower.start(await engine.head(controlRoom));
      this.#isFollowed = true;
      this.#reader.missed();
    } catch (error) {
      log.warn("task.failed", { stage: "control.start", error });
      clock.after(retryMs, () => void this.start());
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Looks where the log is, so that an entry which the bus lost is missed. Called once a second. */
  async poll(): Promise<void> {
    if (!this.#isFollowed || this.#isPolling) return;
    this.#isPolling = true;
    try {
      this.#follower.expect(await this.#context.engine.head(controlRoom));
    } catch (error) {
      // While the engine is down everybody hears of it, and the next look finds what was missed.
      if (!(error instanceof EngineUnavailable))
        this.#context.log.warn("task.failed", { stage: "control.poll", error });
    } finally {
      this.#isPolling = false;
    }
  }

  /** What the bus brought. */
  receive(events: readonly StoredEvent[]): void {
    this.#follower.receive(events);
  }

  /** Stores a change and waits until this instance has applied it; the others do within a second. Null: it is stored. */
  async change(change: ControlChange, { user }: Identity): Promise<Refusal | null> {
    const { engine, clock, instance } = this.#context;
    const result = await engine.control(change, { userId: user.id, at: clock.now(), instance: instance.id });
    if (!result.ok) return refuse(result.code);
    await this.#reach(result);
    return null;
  }

  /** The change is stored, whether or not it can be read back now. */
  async #reach(position: Position): Promise<void> {
    try {
      if (this.#isFollowed) await this.#follower.reach(position);
    } catch (error) {
      this.#context.log.warn("task.failed", { stage: "control.reach", error });
    }
  }

  #applyReady(): void {
    for (let [event] = this.#follower.ready; event !== undefined; [event] = this.#follower.ready) {
      this.#follower.take(1);
      this.#apply(event);
      this.#follower.wake();
    }
  }

  /** What one entry does wrong must not keep those after it from being applied. */
  #apply(event: StoredEvent): void {
    try {
      this.#reader.apply({ kind: event.kind, ...JSON.parse(event.rest ?? "{}") }, event.createdAt);
    } catch (error) {
      this.#context.log.error("task.failed", { stage: "control.apply", error });
    }
  }
}

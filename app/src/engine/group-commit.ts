import type { Publish, PublishResult } from "../chat/engine.ts";
import { PublishQueue, type QueueBounds, type WaitingPublish } from "./publish-queue.ts";
import type { Appended, Outcome } from "./sqlite-log.ts";

interface GroupCommitOptions {
  append(publishes: readonly Publish[]): Promise<Appended>;
  /** Called once per commit, after its publishes were answered. */
  onStored(publishes: readonly Publish[], appended: Appended): void;
  /** Why the last commit failed or is late; null: it was stored. */
  onResult(fault: Error | null): void;
  onSeconds(seconds: number): void;
  /** A commit that takes longer is given up: its publishes are answered `unavailable`. */
  readonly deadlineMs: number;
}

const waitingMax: QueueBounds = { items: 100_000, textUnits: 64 * 1024 * 1024 };
const batchMax: QueueBounds = { items: 4096, textUnits: 8 * 1024 * 1024 };
const unavailable: PublishResult = { ok: false, code: "unavailable" };

/** Stores publishes in groups: one commit at a time, the next holds what gathered meanwhile. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #queue = new PublishQueue(waitingMax);
  #isCommitting = false;
  /** A commit is past its deadline: nothing waits behind it. */
  #isStalled = false;
  #onIdle: (() => void) | null = null;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  publish(publish: Publish): Promise<PublishResult> {
    if (this.#isStalled) return Promise.resolve(unavailable);
    return new Promise((resolve) => {
      if (!this.#queue.offer({ publish, resolve })) return resolve(unavailable);
      if (!this.#isCommitting) this.#begin();
    });
  }

  /** Resolves when nothing waits any more; call it once. */
  idle(): Promise<void> {
    if (!this.#isCommitting || this.#isStalled) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Begins after the current task's other publishes have joined. */
  #begin(): void {
    this.#isCommitting = true;
    queueMicrotask(() => void this.#commit());
  }

  async #commit(): Promise<void> {
    const batch = this.#queue.take(batchMax);
    const publishes = batch.map((waiting) => waiting.publish);
    const appended = await this.#append(batch, publishes);
    this.#isStalled = false;
    if (this.#queue.isEmpty) this.#end();
    else void this.#commit();
    if (appended) this.#settle(batch, publishes, appended);
  }

  async #append(batch: readonly WaitingPublish[], publishes: readonly Publish[]): Promise<Appended | null> {
    const startedAt = performance.now();
    const deadline = setTimeout(() => this.#stall(batch), this.#options.deadlineMs);
    try {
      const appended = await this.#options.append(publishes);
      this.#options.onResult(null);
      return appended;
    } catch (error) {
      this.#options.onResult(error as Error);
      refuse(batch);
      return null;
    } finally {
      clearTimeout(deadline);
      this.#options.onSeconds((performance.now() - startedAt) / 1000);
    }
  }

  #settle(batch: readonly WaitingPublish[], publishes: readonly Publish[], appended: Appended): void {
    for (const [index, waiting] of batch.entries()) {
      waiting.resolve(resultOf(waiting.publish, appended.outcomes[index] ?? null, appended.epochs));
    }
    // After what is waiting for the results has run: answers that take no place in a room's order go first.
    queueMicrotask(() => this.#options.onStored(publishes, appended));
  }

  /** The commit may still succeed: then its events are announced, but its publishes have been answered. */
  #stall(batch: readonly WaitingPublish[]): void {
    this.#isStalled = true;
    this.#options.onResult(new Error(`a commit takes longer than ${this.#options.deadlineMs} ms`));
    refuse(batch);
    refuse(this.#queue.take(waitingMax));
    this.#onIdle?.();
  }

  #end(): void {
    this.#isCommitting = false;
    this.#onIdle?.();
  }
}

function refuse(batch: readonly WaitingPublish[]): void {
  for (const waiting of batch) waiting.resolve(unavailable);
}

function resultOf(publish: Publish, outcome: Outcome, epochs: ReadonlyMap<string, string>): PublishResult {
  if (outcome === null) return { ok: false, code: "id_conflict" };
  if (typeof outcome === "object") {
    const { seq, messageId, createdAt } = outcome.record;
    return { ok: true, epoch: outcome.epoch, seq, messageId, createdAt, duplicate: true };
  }
  const { room, messageId, createdAt } = publish;
  return { ok: true, epoch: epochs.get(room) ?? "", seq: outcome, messageId, createdAt, duplicate: false };
}

import type { Publish, PublishResult } from "../chat/engine.ts";
import type { ControlResult } from "../chat/engine-people.ts";
import type { Appended, Outcome } from "./sqlite-log.ts";
import { type ControlWrite, isControl, type Write, type WriteResult } from "./write.ts";
import { type QueueBounds, type WaitingWrite, WriteQueue } from "./write-queue.ts";

interface GroupCommitOptions {
  append(writes: readonly Write[]): Promise<Appended>;
  /** Called once per commit, after its writes were answered. */
  onStored(writes: readonly Write[], appended: Appended): void;
  /** Why the last commit failed or is late; null: it was stored. */
  onResult(fault: Error | null): void;
  onSeconds(seconds: number): void;
  /** A commit that takes longer is given up: its writes are answered `unavailable`. */
  readonly deadlineMs: number;
}

const waitingMax: QueueBounds = { items: 100_000, textUnits: 64 * 1024 * 1024 };
const batchMax: QueueBounds = { items: 4096, textUnits: 8 * 1024 * 1024 };
const unavailable = { ok: false, code: "unavailable" } as const;

/** Stores writes in groups: one commit at a time, the next holds what gathered meanwhile. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #queue = new WriteQueue(waitingMax);
  #isCommitting = false;
  /** A commit is past its deadline: nothing waits behind it. */
  #isStalled = false;
  #onIdle: (() => void) | null = null;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  publish(publish: Publish): Promise<PublishResult> {
    return this.#offer(publish) as Promise<PublishResult>;
  }

  control(write: ControlWrite): Promise<ControlResult> {
    return this.#offer(write) as Promise<ControlResult>;
  }

  #offer(write: Write): Promise<WriteResult> {
    if (this.#isStalled) return Promise.resolve(unavailable);
    return new Promise((resolve) => {
      if (!this.#queue.offer({ write, resolve })) return resolve(unavailable);
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

  /** After the loop turn's other frames: each is a task of its own, and the first alone would cost a whole commit. */
  #begin(): void {
    this.#isCommitting = true;
    setImmediate(() => void this.#commit());
  }

  async #commit(): Promise<void> {
    const batch = this.#queue.take(batchMax);
    const writes = batch.map((waiting) => waiting.write);
    const appended = await this.#append(batch, writes);
    this.#isStalled = false;
    if (this.#queue.isEmpty) this.#end();
    else void this.#commit();
    if (appended) this.#settle(batch, writes, appended);
  }

  async #append(batch: readonly WaitingWrite[], writes: readonly Write[]): Promise<Appended | null> {
    const startedAt = performance.now();
    const deadline = setTimeout(() => this.#stall(batch), this.#options.deadlineMs);
    try {
      const appended = await this.#options.append(writes);
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

  #settle(batch: readonly WaitingWrite[], writes: readonly Write[], appended: Appended): void {
    for (const [index, waiting] of batch.entries()) {
      waiting.resolve(resultOf(waiting.write, appended.outcomes[index] ?? 0, appended.epochs));
    }
    // After what is waiting for the results has run: answers that take no place in a room's order go first.
    queueMicrotask(() => this.#options.onStored(writes, appended));
  }

  /** The commit may still succeed: then its events are announced, but its writes have been answered. */
  #stall(batch: readonly WaitingWrite[]): void {
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

function refuse(batch: readonly WaitingWrite[]): void {
  for (const waiting of batch) waiting.resolve(unavailable);
}

function resultOf(write: Write, outcome: Outcome, epochs: ReadonlyMap<string, string>): WriteResult {
  if (typeof outcome === "string") return { ok: false, code: outcome } as WriteResult;
  const isRepeated = typeof outcome === "object" && "record" in outcome;
  const seq = typeof outcome === "number" ? outcome : isRepeated ? outcome.record.seq : outcome.seq;
  const epoch = isRepeated ? outcome.epoch : (epochs.get(write.room) ?? "");
  if (isControl(write)) return { ok: true, epoch, seq, isChange: !isRepeated };
  const { messageId, createdAt } = isRepeated ? outcome.record : write;
  return { ok: true, epoch, seq, messageId, createdAt, duplicate: isRepeated };
}

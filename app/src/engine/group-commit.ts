import type { Publish, PublishResult } from "../chat/engine.ts";
import type { ControlResult } from "../chat/engine-people.ts";
import type { Appended, Outcome } from "./sqlite-log.ts";
import { type ControlWrite, isControl, type Write, type WriteResult } from "./write.ts";
import { type QueueBounds, type WaitingWrite, WriteQueue } from "./write-queue.ts";

interface GroupCommitOptions {
  append(writes: readonly Write[]): Promise<Appended>;
  /** Called after writes of a commit were answered; each room's in order. */
  onStored(writes: readonly Write[], appended: Appended): void;
  /** Why the last commit failed or is late; null: it was stored. */
  onResult(fault: Error | null): void;
  onSeconds(seconds: number): void;
  /** A commit that takes longer is given up: its writes are answered `unavailable`. */
  readonly deadlineMs: number;
}

const waitingMax: QueueBounds = { items: 100_000, textUnits: 64 * 1024 * 1024 };
const batchMax: QueueBounds = { items: 4096, textUnits: 8 * 1024 * 1024 };
/** So many writes take about 3 ms to answer and announce; the rest of a larger commit waits for the next loop turn. */
const settledPerTurn = 200;
const unavailable = { ok: false, code: "unavailable" } as const;

interface EndedWrite {
  readonly waiting: WaitingWrite;
  readonly outcome: Outcome;
}

/** Stores writes in groups: one commit at a time, the next holds what gathered meanwhile. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #queue = new WriteQueue(waitingMax);
  #isCommitting = false;
  /** A commit is past its deadline: nothing waits behind it. */
  #isStalled = false;
  #onIdle: (() => void) | null = null;
  /** Resolves when the last commit that ended is answered and announced. */
  #settled: Promise<void> = Promise.resolve();

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
    if (!this.#isCommitting || this.#isStalled) return this.#settled;
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
    await this.#settled;
    const isLast = this.#queue.isEmpty;
    if (!isLast) void this.#commit();
    if (appended) this.#settled = this.#settle(batch, appended);
    if (isLast) this.#end();
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

  /** A large commit room by room, so that each room's events still go out together. */
  async #settle(batch: readonly WaitingWrite[], { outcomes, epochs }: Appended): Promise<void> {
    const ended = batch.map((waiting, index) => ({ waiting, outcome: outcomes[index] ?? 0 }));
    if (ended.length <= settledPerTurn) return this.#answer(ended, epochs);
    const byRoom = [...Map.groupBy(ended, ({ waiting }) => waiting.write.room).values()].flat();
    for (let from = 0; from < byRoom.length; from += settledPerTurn) {
      if (from > 0) await nextTurn();
      this.#answer(byRoom.slice(from, from + settledPerTurn), epochs);
    }
  }

  #answer(ended: readonly EndedWrite[], epochs: Appended["epochs"]): void {
    for (const { waiting, outcome } of ended) waiting.resolve(resultOf(waiting.write, outcome, epochs));
    const writes = ended.map(({ waiting }) => waiting.write);
    const outcomes = ended.map(({ outcome }) => outcome);
    // After what is waiting for the results has run: answers that take no place in a room's order go first.
    queueMicrotask(() => this.#options.onStored(writes, { outcomes, epochs }));
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
    void this.#settled.then(() => this.#onIdle?.());
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

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

import type { ChatContext } from "./context.ts";
import { EngineUnavailable, type Position, type Replay, type StoredEvent } from "./engine.ts";
import { FeedIntake } from "./feed-intake.ts";
import { FeedRepair } from "./feed-repair.ts";

/** How long a part of the log that is known to exist may stay away before it is read instead. */
const overdueMs = 500;

/** How long somebody waits for a part of the log before giving up. */
const reachMaxMs = 5000;

interface LogReader {
  /** There are events to take, in order and without a hole. */
  onReady(): void;
  /** Everything before `position` is void, or too much to be read one by one; the follower goes on from there. */
  onReset(reason: "epoch" | "too_far", position: Position): void;
  /** The log goes on in another epoch, and what it held of the one before was taken: there is no more of that. */
  onRenewed?(): void;
  /** Whether nothing was told to anybody yet, so that another life of an empty log makes no difference. */
  isUntold(): boolean;
}

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
}

/**
 * An instance's place in one log. `head` is the last event taken. Whatever the bus does, its reader gets each seq
 * once and in order: holes are read from the log.
 */
export class LogFollower {
  /** The engine's name of the log. */
  readonly log: string;
  readonly #context: ChatContext;
  readonly #reader: LogReader;
  readonly #intake = new FeedIntake();
  readonly #repair: FeedRepair;
  #epoch = "";
  #head = 0;
  #readySince = 0;
  #expectedSeq = 0;
  #isWatching = false;
  #isRenewed = false;
  readonly #waiters = new Set<Waiter>();

  constructor(log: string, context: ChatContext, reader: LogReader) {
    this.log = log;
    this.#context = context;
    this.#reader = reader;
    this.#repair = new FeedRepair(this, context);
  }

  get epoch(): string {
    return this.#epoch;
  }

  get head(): number {
    return this.#head;
  }

  /** Dense, next to be taken. */
  get ready(): readonly StoredEvent[] {
    return this.#intake.ready;
  }

  /** Monotonic milliseconds: when the first of those that are ready came. */
  get readySince(): number {
    return this.#readySince;
  }

  /** The last event taken in: taken, or waiting for its turn. */
  get acceptedSeq(): number {
    return this.#head + this.#intake.ready.length;
  }

  /** Begins at the log's head; what the bus brought meanwhile goes on from there. */
  start(position: Position): void {
    this.#epoch = position.epoch;
    this.#head = position.seq;
    this.#intake.start();
    this.#advance();
  }

  /** What the bus brought. */
  receive(events: readonly StoredEvent[]): void {
    if (this.ready.length === 0) this.#readySince = this.#context.clock.monotonic();
    for (const event of events) {
      if (this.#epoch === "" && this.#intake.isStarted) this.#epoch = event.epoch;
      this.#intake.put(event, this.#epoch, this.acceptedSeq);
    }
    this.#advance();
  }

  /** What a repair read. Adopts the epoch that the log says; asks for another read while something is missing. */
  takeRepaired({ epoch, events, isComplete }: Extract<Replay, { recovered: true }>): void {
    this.#isRenewed ||= this.#epoch !== epoch;
    this.#epoch = epoch;
    this.#intake.putRepaired(events, this.acceptedSeq, isComplete);
    this.#advance();
  }

  /** The first `count` of those that are ready are dealt with from now on. `wake` follows when they are. */
  take(count: number): void {
    this.#head += count;
    this.#intake.take(count);
  }

  /** Lets those go on who waited for what was taken. */
  wake(): void {
    for (const waiter of this.#waiters) {
      if (waiter.seq > this.#head) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
    this.#fill();
  }

  #advance(): void {
    this.#fill();
    if (this.ready.length > 0) this.#reader.onReady();
  }

  #fill(): void {
    if (!this.#intake.moveEarly(this.#epoch, this.acceptedSeq)) return void this.#repair.request("bus");
    if (!this.#isRenewed || this.ready.length > 0) return;
    this.#isRenewed = false;
    this.#reader.onRenewed?.();
  }

  /** Whether the log that was read is not the one that is followed. */
  #isElsewhere({ epoch, seq }: Position): boolean {
    if (this.#epoch === "" || this.#epoch === epoch) return false;
    return seq > 0 || !this.#reader.isUntold();
  }

  /**
   * Resolves once a position of the log was taken, which is read when the bus does not bring it, or once another
   * life of the log is followed. Rejects with EngineUnavailable when neither happens within 5 s.
   */
  async reach(position: Position): Promise<void> {
    if (this.#isElsewhere(position)) await this.#repair.request("poll");
    if (!this.#isElsewhere(position)) await this.#reachSeq(position.seq);
  }

  #reachSeq(seq: number): Promise<void> {
    if (this.#head >= seq) return Promise.resolve();
    this.#watch(seq);
    return new Promise((resolve, reject) => {
      const waiter = { seq, resolve };
      this.#waiters.add(waiter);
      this.#context.clock.after(reachMaxMs, () => {
        if (this.#waiters.delete(waiter)) reject(new EngineUnavailable(`the bus did not bring ${seq}`));
      });
    });
  }

  /** Says that the log holds this position, so that a lost bus message is noticed; after `waitMs`, since it may be under way. */
  expect(position: Position, waitMs = overdueMs): void {
    if (!this.#intake.isStarted) return;
    if (this.#isElsewhere(position)) void this.#repair.request("poll");
    else this.#watch(position.seq, waitMs);
  }

  /** One watch at a time. */
  #watch(seq: number, waitMs = overdueMs): void {
    this.#expectedSeq = Math.max(this.#expectedSeq, seq);
    if (this.#isWatching || this.acceptedSeq >= seq) return;
    this.#isWatching = true;
    this.#context.clock.after(waitMs, () => {
      this.#isWatching = false;
      if (this.acceptedSeq < seq) void this.#repair.request("poll");
      this.#watch(this.#expectedSeq);
    });
  }

  /** What was followed is void: goes on from the log's head. */
  reset(reason: "epoch" | "too_far", position: Position): void {
    this.#intake.clear();
    this.#reader.onReset(reason, position);
    this.start(position);
    this.#expectedSeq = position.seq;
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters.clear();
  }
}

import type { Redis } from "ioredis";
import {
  type Call,
  commandOf,
  type Question,
  type QueueBounds,
  RedisCallQueue,
  unitsOf,
} from "./redis-call-queue.ts";

/** An answer that takes longer is none. */
export const answerMs = 1000;

/** After that, what has come is read first. */
const unreadMs = 20;

/** Of calls that wait for their turn; a publish says its text twice, to the log and to the bus. */
const waitingMax: QueueBounds = { calls: 50_000, textUnits: 128 * 1024 * 1024 };

export interface PipeOwner {
  /** Redis does not answer, or the connection is gone: whatever was asked is of unknown outcome. */
  failed(error: Error): void;
  /** Loads the scripts that Redis has forgotten. */
  loadScripts(): Promise<unknown>;
}

type Answers = readonly [error: Error | null, answer: unknown][];

/**
 * The way to Redis: what is asked within one turn of the event loop, or while an answer is awaited, goes out together.
 * One batch at a time is under way, so that nothing overtakes what Redis had to be asked twice for. Once Redis has owed an
 * answer for a second, all calls are refused until it answers, or until there is another connection.
 */
export class RedisPipe {
  readonly #redis: Redis;
  readonly #owner: PipeOwner;
  readonly #waiting: RedisCallQueue;
  #underWay: readonly Call[] | null = null;
  #isScheduled = false;
  /** Why calls are refused at once. */
  #stall: Error | null = null;
  #deadline: Timer | null = null;
  #onIdle: (() => void) | null = null;

  constructor(redis: Redis, owner: PipeOwner, bounds: QueueBounds = waitingMax) {
    this.#redis = redis;
    this.#owner = owner;
    this.#waiting = new RedisCallQueue(bounds);
    redis.on("close", () => this.#closed());
  }

  /** `about`: calls with the same keep their order, if they are all urgent or none is. */
  call(about: string, question: Question, isUrgent = false): Promise<unknown> {
    const refusal = this.#refusal();
    if (refusal !== null) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const textUnits = typeof question === "function" ? 0 : unitsOf(question);
      this.#waiting.add({ question, about, textUnits, resolve, reject, isRepeated: false }, isUrgent);
      this.#schedule();
    });
  }

  /** Resolves when nothing waits any more; call it once. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  get #isIdle(): boolean {
    return this.#underWay === null && this.#waiting.isEmpty;
  }

  #refusal(): Error | null {
    if (this.#redis.status !== "ready") return new Error("Redis is not connected");
    if (this.#stall !== null) return this.#stall;
    return this.#waiting.isFull ? new Error("too much waits for Redis") : null;
  }

  /** Later in this turn, so that what the turn brings goes together. */
  #schedule(): void {
    if (this.#isScheduled || this.#underWay !== null) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#underWay === null && !this.#waiting.isEmpty) void this.#send(this.#waiting.take());
    });
  }

  async #send(batch: readonly Call[]): Promise<void> {
    this.#underWay = batch;
    this.#deadline ??= setTimeout(() => this.#overdue(), answerMs);
    const answers = await this.#ask(batch);
    if (this.#underWay !== batch) return;
    const forgotten = settle(batch, answers);
    if (forgotten.length === 0 || this.#stall !== null) return this.#next();
    await this.#owner.loadScripts().catch(() => {});
    if (this.#underWay !== batch) return;
    for (const call of forgotten) call.isRepeated = true;
    void this.#send(forgotten);
  }

  async #ask(batch: readonly Call[]): Promise<Answers> {
    const pipeline = this.#redis.pipeline();
    for (const call of batch) pipeline.call(...(commandOf(call) as [string, ...string[]]));
    try {
      return (await pipeline.exec()) as Answers;
    } catch (error) {
      return batch.map(() => [error as Error, null]);
    }
  }

  #next(): void {
    this.#end();
    if (!this.#waiting.isEmpty) void this.#send(this.#waiting.take());
    else this.#onIdle?.();
  }

  #end(): void {
    this.#underWay = null;
    this.#stall = null;
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#deadline = null;
  }

  /** Where this process was held up, the answer may be there, unread. */
  #overdue(): void {
    this.#deadline = setTimeout(() => this.#stalled(), unreadMs);
  }

  #stalled(): void {
    this.#stall = new Error(`Redis did not answer within ${answerMs} ms`);
    this.#rejectAll(this.#stall);
    this.#owner.failed(this.#stall);
  }

  /** What was under way may have happened; what waited has not, and whoever asked cannot tell the one from the other. */
  #closed(): void {
    this.#rejectAll(new Error("the connection to Redis was closed"));
    this.#end();
    this.#onIdle?.();
  }

  #rejectAll(error: Error): void {
    const calls = [...(this.#underWay ?? []), ...this.#waiting.takeAll()];
    for (const { reject } of calls) reject(error);
  }
}

/**
 * Hands out what was answered, in order. Left are the calls whose script Redis had forgotten, and which can be asked again:
 * unless something about the same that came after them has taken effect, with a script that somebody else loaded.
 */
function settle(batch: readonly Call[], answers: Answers): Call[] {
  const repeatable = repeatableOf(batch, answers);
  for (const [index, call] of batch.entries()) {
    const [error, answer] = answers[index] as Answers[number];
    if (error === null) call.resolve(answer);
    else if (!repeatable.has(call)) call.reject(error);
  }
  return [...repeatable].reverse();
}

/** From the last to the first. */
function repeatableOf(batch: readonly Call[], answers: Answers): Set<Call> {
  const done = new Set<string>();
  const repeatable = new Set<Call>();
  for (let index = batch.length - 1; index >= 0; index -= 1) {
    const call = batch[index] as Call;
    const [error] = answers[index] as Answers[number];
    if (error === null) done.add(call.about);
    else if (isForgotten(error) && !call.isRepeated && !done.has(call.about)) repeatable.add(call);
  }
  return repeatable;
}

const isForgotten = ({ message }: Error): boolean => message.startsWith("NOSCRIPT");

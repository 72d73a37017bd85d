import type { Publish, PublishResult } from "../chat/engine.ts";
import { type QueueBounds, type WaitingWrite, WriteQueue } from "./write-queue.ts";

const waitingMax: QueueBounds = { items: 100_000, textUnits: 64 * 1024 * 1024 };
/** Under way at once: enough to keep Redis busy, and little enough that all of it is answered in good time. */
const underWayMax: QueueBounds = { items: 2048, textUnits: 4 * 1024 * 1024 };
const unavailable = { ok: false, code: "unavailable" } as const;

/** Publishes in order, a bounded part of them under way; what fails is answered `unavailable`. */
export class RedisWrites {
  readonly #store: (publish: Publish) => Promise<PublishResult>;
  readonly #onFault: (error: unknown) => void;
  readonly #queue = new WriteQueue(waitingMax);
  #underWay = 0;
  #textUnderWay = 0;
  #onIdle: (() => void) | null = null;

  constructor(store: (publish: Publish) => Promise<PublishResult>, onFault: (error: unknown) => void) {
    this.#store = store;
    this.#onFault = onFault;
  }

  publish(publish: Publish): Promise<PublishResult> {
    return new Promise((resolve) => {
      const waiting = { write: publish, resolve: resolve as WaitingWrite["resolve"] };
      if (this.#queue.offer(waiting)) this.#pump();
      else resolve(unavailable);
    });
  }

  /** Nothing waits behind a Redis that does not answer. */
  abandon(): void {
    for (const { resolve } of this.#queue.take(waitingMax)) resolve(unavailable);
  }

  /** Resolves when nothing waits any more; call it once. */
  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #pump(): void {
    const items = underWayMax.items - this.#underWay;
    const textUnits = underWayMax.textUnits - this.#textUnderWay;
    if (items <= 0 || textUnits <= 0) return;
    for (const waiting of this.#queue.take({ items, textUnits })) void this.#submit(waiting);
  }

  async #submit({ write, resolve }: WaitingWrite): Promise<void> {
    const publish = write as Publish;
    const textUnits = (publish.content?.length ?? 0) + (publish.metaJson?.length ?? 0);
    this.#underWay += 1;
    this.#textUnderWay += textUnits;
    resolve(await this.#result(publish));
    this.#underWay -= 1;
    this.#textUnderWay -= textUnits;
    this.#pump();
    if (this.#underWay === 0) this.#onIdle?.();
  }

  async #result(publish: Publish): Promise<PublishResult> {
    try {
      return await this.#store(publish);
    } catch (error) {
      this.#onFault(error);
      return unavailable;
    }
  }
}

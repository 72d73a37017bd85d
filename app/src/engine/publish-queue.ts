import type { Publish, PublishResult } from "../chat/engine.ts";

export interface WaitingPublish {
  readonly publish: Publish;
  resolve(result: PublishResult): void;
}

export interface QueueBounds {
  readonly items: number;
  /** UTF-16 units of content and meta. */
  readonly textUnits: number;
}

/** Publishes that wait for their turn, in order, bounded in number and text. */
export class PublishQueue {
  readonly #bounds: QueueBounds;
  #waiting: WaitingPublish[] = [];
  #textUnits = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** False: the queue is full, and the publish was not taken. */
  offer(waiting: WaitingPublish): boolean {
    const { items, textUnits } = this.#bounds;
    if (this.#waiting.length >= items || this.#textUnits >= textUnits) return false;
    this.#waiting.push(waiting);
    this.#textUnits += textUnitsOf(waiting.publish);
    return true;
  }

  /** Takes the oldest within the bounds, at least one if there is any. */
  take(bounds: QueueBounds): readonly WaitingPublish[] {
    let count = 0;
    let textUnits = 0;
    for (const { publish } of this.#waiting) {
      if (count >= bounds.items || textUnits >= bounds.textUnits) break;
      count++;
      textUnits += textUnitsOf(publish);
    }
    this.#textUnits -= textUnits;
    if (count < this.#waiting.length) return this.#waiting.splice(0, count);
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }
}

function textUnitsOf({ content, metaJson }: Publish): number {
  return content.length + (metaJson?.length ?? 0);
}

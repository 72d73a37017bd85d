import type { Answer } from "./answer.ts";
import type { Publish, PublishResult, StoredEvent } from "./engine.ts";

export type StoredResult = Extract<PublishResult, { ok: true }>;

/** A write whose command was taken and that is not answered yet. */
export class PendingWrite {
  readonly publish: Publish;
  /** What it occupies of the connection's allowance. */
  readonly bytes: number;
  /** Monotonic milliseconds. */
  readonly receivedAt: number;
  /** Resolves when the engine has said what became of it. */
  stored: Promise<void> = Promise.resolve();
  /** The answer, once it is known, while earlier writes to the room are still unanswered. */
  answer: Answer | null = null;
  /** Stored as new; the ack waits for its place in the room's order. */
  result: StoredResult | null = null;
  /**
   * The room's order has gone past its place, if it has one: its event was delivered as an event, since it could not
   * be answered there. Its ack moves no position.
   */
  isPassed = false;

  constructor(publish: Publish, bytes: number, receivedAt: number) {
    this.publish = publish;
    this.bytes = bytes;
    this.receivedAt = receivedAt;
  }

  get id(): string | null {
    return this.publish.commandId;
  }

  get room(): string {
    return this.publish.room;
  }

  /** Whether an event is what it stored, as the engine said; the log may go on in another epoch since. */
  hasMade(event: StoredEvent): boolean {
    return this.result !== null && this.result.seq === event.seq && this.#asksFor(event);
  }

  /**
   * Whether an event that comes before the engine's answer may be what it stored. Of several writes without an id
   * that ask for the very same, the first is as good as the one.
   */
  mayHaveMade(event: StoredEvent): boolean {
    return this.result === null && !this.isPassed && this.#asksFor(event);
  }

  #asksFor(event: StoredEvent): boolean {
    const { kind, messageId, commandId, reaction } = this.publish;
    if (event.messageId !== messageId || event.kind !== kind || event.commandId !== commandId) return false;
    return reaction === undefined || event.rest === JSON.stringify(reaction);
  }

  /** Whether this connection is where the event came from. */
  isCarriedWith({ instance, socket }: StoredEvent): boolean {
    return instance === this.publish.instance && socket === this.publish.socket;
  }
}

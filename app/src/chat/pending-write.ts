import type { Answer } from "./answer.ts";
import type { Publish, PublishResult, WriteKind } from "./engine.ts";

export type StoredResult = Extract<PublishResult, { ok: true }>;

/** A write whose command was taken and that is not answered yet. */
export class PendingWrite {
  readonly id: string | null;
  readonly room: string;
  readonly kind: WriteKind;
  readonly messageId: string;
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
  /** Its event was delivered as an event, since it could not be answered at its place. */
  isShown = false;

  constructor(publish: Publish, bytes: number, receivedAt: number) {
    this.id = publish.commandId;
    this.room = publish.room;
    this.kind = publish.kind;
    this.messageId = publish.messageId;
    this.bytes = bytes;
    this.receivedAt = receivedAt;
  }
}

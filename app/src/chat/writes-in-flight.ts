import { refuse } from "../protocol/errors.ts";
import type { Answer } from "./answer.ts";
import type { PublishResult, StoredEvent } from "./engine.ts";
import { encodeWriteAnswer } from "./event-frames.ts";
import type { PendingWrite, StoredResult } from "./pending-write.ts";

interface WriteOwner {
  answerWrite(write: PendingWrite, answer: Answer): void;
}

/**
 * The unanswered writes of one connection, in arrival order. A new event's ack is sent where the room's feed comes
 * to that event; everything else is answered as soon as the writes to the same room before it are.
 */
export class WritesInFlight {
  readonly #owner: WriteOwner;
  readonly #writes: PendingWrite[] = [];

  constructor(owner: WriteOwner) {
    this.#owner = owner;
  }

  get count(): number {
    return this.#writes.length;
  }

  /** The one room that all writes under way go to, outside batches. */
  get room(): string | undefined {
    return this.#writes[0]?.room;
  }

  add(write: PendingWrite): void {
    this.#writes.push(write);
  }

  /** Resolves when the engine has said what became of every write so far. */
  async whenStored(): Promise<void> {
    await Promise.all(this.#writes.map((write) => write.stored));
  }

  /** What the engine said. `isFollowed`: the feed will come to the event on this connection. */
  settle(write: PendingWrite, result: PublishResult, isFollowed: boolean): void {
    if (!this.#writes.includes(write)) return;
    if (!result.ok) write.answer = refuse(result.code);
    else if (write.isShown || result.duplicate || !isFollowed) write.answer = ack(write, result);
    else write.result = result;
    this.flush();
  }

  isUnanswered(messageId: string): boolean {
    return this.#writes.some((write) => write.messageId === messageId);
  }

  /** The feed has come to an event of this connection. False: it has to be delivered as an event. */
  place(room: string, event: StoredEvent): boolean {
    const index = this.#writes.findIndex((write) => write.messageId === event.messageId);
    const write = this.#writes[index];
    if (write === undefined || write.answer !== null) return false;
    if (this.#writes.findIndex((earlier) => earlier.room === room) < index) {
      showInstead(write);
      return false;
    }
    this.#writes.splice(index, 1);
    this.#owner.answerWrite(write, { ok: true, json: encodeWriteAnswer(room, write.kind, event, false) });
    this.flush();
    return true;
  }

  /** The connection does not follow the room any more: no place will come. */
  release(room: string): void {
    this.giveUpPlaces(room);
    this.flush();
  }

  /** What is stored in the room is to be answered by the next `flush`, wherever its event is. */
  giveUpPlaces(room: string): void {
    for (const write of this.#writes) {
      if (write.room === room && write.result !== null) write.answer ??= ack(write, write.result);
    }
  }

  /** Answers what need not wait any more. */
  flush(): void {
    if (this.#writes.every((write) => write.answer === null)) return;
    const blockedRooms = new Set<string>();
    for (const write of [...this.#writes]) {
      if (write.answer === null || blockedRooms.has(write.room)) {
        blockedRooms.add(write.room);
      } else {
        this.#writes.splice(this.#writes.indexOf(write), 1);
        this.#owner.answerWrite(write, write.answer);
      }
    }
  }
}

const ack = (write: PendingWrite, stored: StoredResult): Answer => ({
  ok: true,
  json: encodeWriteAnswer(write.room, write.kind, stored, stored.duplicate || write.isShown),
});

/**
 * An earlier write to the room has no answer yet, so an ack at this place would break the order of answers: the
 * socket gets the event, and later an ack that says so (`duplicate`), which moves no position.
 */
function showInstead(write: PendingWrite): void {
  write.isShown = true;
  if (write.result !== null) write.answer = ack(write, write.result);
}

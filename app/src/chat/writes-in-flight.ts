import { refuse } from "../protocol/errors.ts";
import type { Answer } from "./answer.ts";
import type { PublishResult, StoredEvent } from "./engine.ts";
import { encodeWriteAnswer } from "./event-frames.ts";
import type { PendingWrite, StoredResult } from "./pending-write.ts";

/** `nowhere`: the connection does not follow the room. */
export type Place = "ahead" | "passed" | "nowhere";

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

  /** What the engine said. `place`: where the event is, seen from what this connection was sent of the room. */
  settle(write: PendingWrite, result: PublishResult, place: Place): void {
    if (!this.#writes.includes(write)) return;
    if (place === "passed") write.isPassed = true;
    if (!result.ok) write.answer = refuse(result.code);
    else if (result.duplicate || place !== "ahead") write.answer = ack(write, result);
    else write.result = result;
    this.flush();
  }

  /** Whether an event may be what an unanswered write stored. */
  expects(room: string, event: StoredEvent): boolean {
    return this.#find(room, event) >= 0;
  }

  /**
   * By its position where that is known. Else it is the oldest write that asked for this, and of the writes before
   * it none that is still unanswered stored anything: a room's events are in the order of the commands.
   */
  #find(room: string, event: StoredEvent): number {
    const isOpen = (write: PendingWrite) =>
      write.answer === null && write.room === room && write.isCarriedWith(event);
    const known = this.#writes.findIndex((write) => isOpen(write) && write.hasMade(event));
    return known >= 0 ? known : this.#writes.findIndex((write) => isOpen(write) && write.mayHaveMade(event));
  }

  /** The feed has come to an event of this connection. False: it has to be delivered as an event. */
  place(room: string, event: StoredEvent): boolean {
    const index = this.#find(room, event);
    const write = this.#writes[index];
    if (write === undefined) return false;
    const earlier = this.#writes.slice(0, index).filter((other) => other.room === room);
    if (earlier.length > 0) {
      for (const passed of [...earlier, write]) pass(passed);
      return false;
    }
    this.#writes.splice(index, 1);
    const json = encodeWriteAnswer(room, write.publish.kind, event, false);
    this.#owner.answerWrite(write, { ok: true, json });
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

  /** The room goes on in `epoch`, and what is stored in another one did not come to its place: the log has lost it. */
  lose(room: string, epoch: string): void {
    for (const write of this.#writes) {
      const isElsewhere = write.result !== null && write.result.epoch !== epoch;
      if (write.room === room && isElsewhere) write.answer ??= refuse("unavailable");
    }
    this.flush();
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

function ack({ publish, isPassed }: PendingWrite, stored: StoredResult): Answer {
  const json = encodeWriteAnswer(publish.room, publish.kind, stored, stored.duplicate || isPassed);
  return { ok: true, json };
}

/**
 * An earlier write to the room has no answer yet, so an ack at this place would break the order of answers: the
 * socket gets the event, and later an ack that says so (`duplicate`), which moves no position.
 */
function pass(write: PendingWrite): void {
  write.isPassed = true;
  if (write.result !== null) write.answer = ack(write, write.result);
}

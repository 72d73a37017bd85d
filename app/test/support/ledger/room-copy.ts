import type { Frame } from "../recording-sockets.ts";
import type { RoomAnswer } from "../ws-client.ts";
import { entryOf, type LedgerEntry } from "./ledger-entry.ts";
import { MessageBook } from "./message-book.ts";

type Payload = Frame["payload"];

/**
 * What one member has of one room's log, and its position there. Strict: it takes nothing but the next event, so
 * that a hole, a repetition or a wrong order is an error at the moment it happens.
 */
export class RoomCopy {
  readonly room: string;
  /** Its events by seq, without a hole; from before them it has messages only. */
  readonly log = new Map<number, LedgerEntry>();
  readonly messages = new MessageBook();
  epoch = "";
  seq = 0;
  hasPosition: boolean;
  /** Joined on the present socket, with everything up to `seq`. */
  isLive = false;
  /** What lies before `pastBefore` has to be read from history. */
  lacksPast = false;
  pastBefore = 1;

  /** How often the position was given up for the newest messages. */
  resets = 0;

  /** `isFromStart`: begins at the position before the first event. */
  constructor(room: string, isFromStart: boolean) {
    this.room = room;
    this.hasPosition = isFromStart;
  }

  append(epoch: string, entry: LedgerEntry): void {
    this.#adopt(epoch);
    if (entry.seq !== this.seq + 1) throw new Error(`${this.room}: seq ${entry.seq} after ${this.seq}`);
    this.log.set(entry.seq, entry);
    this.messages.apply(entry);
    this.seq = entry.seq;
  }

  appendEvent(frame: Frame): void {
    this.append(String(frame.payload.epoch), entryOf(frame));
  }

  /** What a join said. `replayMax`: what it had asked for. */
  join(answer: RoomAnswer, replayMax: number): void {
    if (!answer.ok) throw new Error(`joining ${this.room} was refused: ${JSON.stringify(answer)}`);
    if (answer.recovered) for (const event of answer.events) this.appendEvent(event);
    else this.#restart(answer, replayMax);
    this.#adopt(answer.epoch);
    if (answer.seq !== this.seq)
      throw new Error(`${this.room}: the answer says seq ${answer.seq} but brought ${this.seq}`);
    this.hasPosition = true;
    this.isLive = answer.more !== true;
  }

  /** The newest messages instead of a replay: what was here is dropped. */
  #restart({ epoch, seq, reason, messages, hasMore }: RoomAnswer, replayMax: number): void {
    const isFirst = reason === "new" && !this.hasPosition;
    const isTooFar = reason === "too_far" && seq - this.seq > replayMax;
    if (!isFirst && !isTooFar)
      throw new Error(`${this.room} was reset: ${reason}, seq ${this.seq} to ${seq}`);
    if (isTooFar) this.resets += 1;
    this.log.clear();
    this.messages.clear();
    this.epoch = epoch;
    this.seq = seq;
    this.pastBefore = seq + 1;
    this.prepend({ epoch, seq, messages, hasMore: hasMore === true });
  }

  /** An older page of history, and what happened between the page and now. */
  prepend({ epoch, seq, messages, hasMore }: Payload): void {
    this.#adopt(String(epoch));
    const items = messages as Payload[];
    const shownSeq = Number(seq);
    if (shownSeq > this.seq) throw new Error(`${this.room}: history runs ahead, to ${shownSeq}`);
    const since = [...this.log.values()].filter((entry) => entry.seq > shownSeq);
    if (since.length !== this.seq - shownSeq) throw new Error(`${this.room}: history shows ${shownSeq}`);
    for (const item of items.toReversed()) {
      const itemSeq = Number(item.seq);
      if (itemSeq >= this.pastBefore)
        throw new Error(`${this.room}: history shows ${itemSeq} before ${this.pastBefore}`);
      this.messages.put(item, since);
      this.pastBefore = itemSeq;
    }
    this.lacksPast = hasMore === true;
  }

  #adopt(epoch: string): void {
    if (this.seq > 0 && epoch !== this.epoch)
      throw new Error(`${this.room}: epoch ${epoch} after ${this.epoch} at seq ${this.seq}`);
    this.epoch = epoch;
  }
}

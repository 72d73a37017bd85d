import type { Frame } from "../recording-sockets.ts";
import type { RoomAnswer } from "../ws-client.ts";

/** One message as every member must know it. */
export interface LedgerEntry {
  readonly seq: number;
  readonly messageId: string;
  readonly clientId: string;
  readonly authorId: string;
  readonly content: string;
  readonly meta: unknown;
  readonly createdAt: number;
}

/** A message's fields as frames carry them. */
interface WireMessage extends Omit<LedgerEntry, "seq" | "messageId"> {
  readonly id: string;
}

export function entryOf(seq: number, message: unknown): LedgerEntry {
  const { id, clientId, authorId, content, meta, createdAt } = message as WireMessage;
  return { seq, messageId: id, clientId, authorId, content, meta, createdAt };
}

/** Of history, or of the newest messages that a join shows. */
export const entryOfItem = (item: Frame["payload"]): LedgerEntry => entryOf(Number(item.seq), item);

/**
 * What one member has of one room's log, and its position there. Strict: it takes nothing but the next event, so
 * that a hole, a repetition or a wrong order is an error at the moment it happens.
 */
export class RoomCopy {
  readonly room: string;
  readonly entries = new Map<number, LedgerEntry>();
  epoch = "";
  seq = 0;
  hasPosition: boolean;
  /** Joined on the present socket, with everything up to `seq`. */
  isLive = false;
  /** What lies before `oldestSeq` has to be read from history. */
  lacksPast = false;

  /** How often the position was given up for the newest messages. */
  resets = 0;

  /** `isFromStart`: begins at the position before the first event. */
  constructor(room: string, isFromStart: boolean) {
    this.room = room;
    this.hasPosition = isFromStart;
  }

  get oldestSeq(): number {
    return this.seq - this.entries.size + 1;
  }

  append(epoch: string, entry: LedgerEntry): void {
    this.#adopt(epoch);
    if (entry.seq !== this.seq + 1) throw new Error(`${this.room}: seq ${entry.seq} after ${this.seq}`);
    this.entries.set(entry.seq, entry);
    this.seq = entry.seq;
  }

  appendEvent({ type, payload }: Frame): void {
    if (type !== "chat_message") throw new Error(`${this.room} brought ${type}`);
    this.append(String(payload.epoch), entryOf(Number(payload.seq), payload.message));
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
    this.entries.clear();
    this.epoch = epoch;
    this.seq = seq - messages.length;
    for (const item of messages) this.append(epoch, entryOfItem(item));
    this.lacksPast = hasMore === true;
  }

  /** An older page of history. */
  prepend(page: readonly LedgerEntry[], hasMore: boolean): void {
    for (const entry of page.toReversed()) {
      if (entry.seq !== this.oldestSeq - 1)
        throw new Error(`${this.room}: history shows ${entry.seq} before ${this.oldestSeq}`);
      this.entries.set(entry.seq, entry);
    }
    this.lacksPast = hasMore;
  }

  #adopt(epoch: string): void {
    if (this.seq > 0 && epoch !== this.epoch)
      throw new Error(`${this.room}: epoch ${epoch} after ${this.epoch} at seq ${this.seq}`);
    this.epoch = epoch;
  }
}

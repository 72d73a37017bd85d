import type { Frame } from "../recording-sockets.ts";
import type { RoomAnswer } from "../ws-client.ts";

export interface Seen {
  readonly seq: number;
  readonly messageId: string;
  readonly clientId: string;
}

/**
 * What one member was told of a room. Between two reports that its position is void it takes nothing but the next event,
 * whatever the epoch: a hole, a repetition or a wrong order is an error at the moment it happens.
 */
export class RoomView {
  readonly room: string;
  /** Since the last report. */
  seen: Seen[] = [];
  epoch = "";
  seq = 0;
  isLive = false;
  /** How often it was told that its position is void. */
  resets = 0;
  #isNew = true;

  constructor(room: string) {
    this.room = room;
  }

  get position(): object {
    return this.#isNew ? {} : { epoch: this.epoch, seq: this.seq, replayMax: 10_000 };
  }

  /** Begins with a replay of all there is. */
  joinFromStart(): void {
    this.#isNew = false;
  }

  take(epoch: string, { seq, messageId, clientId }: Seen): void {
    if (seq !== this.seq + 1)
      throw new Error(`${this.room}: ${epoch} ${seq} after ${this.epoch} ${this.seq}`);
    this.seen.push({ seq, messageId, clientId });
    this.epoch = epoch;
    this.seq = seq;
  }

  takeEvent({ type, payload }: Frame): void {
    if (type !== "chat_message") throw new Error(`${this.room} brought ${type}`);
    const { id, clientId } = payload.message as { id: string; clientId: string };
    this.take(String(payload.epoch), { seq: Number(payload.seq), messageId: id, clientId });
  }

  /** The socket has left the room; the position tells at the next join what is lost. */
  resync(): void {
    this.isLive = false;
  }

  joined(answer: RoomAnswer): void {
    if (answer.recovered) for (const event of answer.events) this.takeEvent(event);
    else this.#restart(answer);
    if (answer.seq !== this.seq)
      throw new Error(`${this.room}: joined at ${answer.seq}, but has ${this.seq}`);
    this.epoch = answer.epoch;
    this.#isNew = false;
    this.isLive = answer.more !== true;
  }

  #restart({ reason, seq }: RoomAnswer): void {
    if (reason !== (this.#isNew ? "new" : "epoch")) throw new Error(`${this.room} was reset: ${reason}`);
    if (!this.#isNew) this.resets += 1;
    this.seen = [];
    this.seq = seq;
  }
}

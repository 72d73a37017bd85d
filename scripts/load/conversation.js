import { decodeNote, encodeNote } from "./chat-wire.js";
import { figures } from "./load-figures.js";
import { RoomLog } from "./room-log.js";
import { SenderOrder } from "./sender-order.js";
import { Timer } from "./timer.js";

/** @import { Frame } from "./chat-wire.js" */
/** @import { Person } from "./virtual-user.js" */

/** For an answer on a socket that lives. */
const answerMaxMs = 10_000;
const repeatMs = 200;
const lastLook = "last-look";

/**
 * @typedef {object} Mouth
 * @property {(type: string, id: string, payload: object) => void} tell
 * @property {() => void} failed something was refused
 * @property {() => void} unanswered what was said last, for so long that another socket is needed
 * @property {() => void} finished everything is said, answered and looked at
 */

/** What a user writes and reads, over all of its sockets: one message at a time, and a watchful eye on the log. */
export class Conversation {
  /** @type {RoomLog} */
  log;
  /** @type {SenderOrder} */
  #senders;
  /** @type {Person} */
  #person;
  /** @type {Mouth} */
  #mouth;
  /** Stored messages. */
  #number = 0;
  /** Where the last one is. */
  #ownSeq = 0;
  /** @type {{ readonly id: string, readonly dueAt: number } | null} */
  #pending = null;
  /** When the next message is due. */
  #dueAt = 0;
  /** The next message, its repetition, or the end of patience. */
  #timer = new Timer();
  #isEnding = false;
  #isWhole = true;

  /**
   * @param {Person} person
   * @param {Mouth} mouth
   */
  constructor(person, mouth) {
    this.#person = person;
    this.#mouth = mouth;
    const broken = (/** @type {{ add(count: number): void }} */ figure, count = 1) => {
      this.#isWhole = false;
      figure.add(count);
    };
    const order = { doubled: () => broken(figures.doubled), outOfOrder: () => broken(figures.outOfOrder) };
    this.log = new RoomLog({ ...order, lost: (count) => broken(figures.lost, count) });
    // What leaves a hole in the log is counted there.
    const hidden = (/** @type {number} */ count) => this.log.isWhole && broken(figures.lost, count);
    this.#senders = new SenderOrder({ ...order, lost: hidden });
  }

  /**
   * @param {any} answer of the server to the join of this room
   * @param {number} at
   * @param {boolean} hasSocket whether another socket brought events meanwhile
   */
  joined({ recovered, reason, events, epoch, seq }, at, hasSocket) {
    if (!recovered) return this.#startOver(reason, epoch, seq);
    if (hasSocket) this.log.allowRepeats();
    for (const event of events) this.heard(event, at);
    this.log.epoch = epoch;
    this.log.reach(epoch, seq);
  }

  /** There is a socket to write to; what was not answered is said again. */
  goOn() {
    this.#timer.stop();
    if (this.#isEnding) this.#look();
    else if (this.#pending !== null) this.#say();
    else {
      if (this.#dueAt === 0) this.#dueAt = Date.now() + Math.random() * this.#person.intervalMs;
      this.#wait();
    }
  }

  /** There is none. */
  interrupt() {
    this.#timer.stop();
  }

  /**
   * @param {Frame} frame
   * @param {number} at
   */
  heard({ type, id, payload }, at) {
    if (type === "message_response" || type === "error") this.#answered(type, id, payload, at);
    else if (payload.room === this.#person.room && payload.seq !== undefined) this.#event(payload, at);
  }

  /** Whether a message has no ack yet. */
  get isWaiting() {
    return this.#pending !== null;
  }

  /** Whether nothing was lost, doubled or out of order. */
  end() {
    this.#timer.stop();
    this.log.end();
    if (this.isWaiting) this.#isWhole = false;
    if (this.isWaiting) figures.unacked.add(1);
    return this.#isWhole;
  }

  /**
   * @param {string} reason
   * @param {string} epoch
   * @param {number} seq
   */
  #startOver(reason, epoch, seq) {
    this.log.begin(epoch, seq);
    this.#senders.clear();
    if (reason === "new") return;
    figures.reset.add(1);
    this.#mouth.failed();
  }

  #wait() {
    const now = Date.now();
    if (this.#person.isOver()) return this.#finish();
    if (this.#dueAt <= now) return this.#write(this.#dueAt);
    this.#timer.start(() => this.#wait(), this.#dueAt - now);
  }

  /** @param {number} dueAt */
  #write(dueAt) {
    this.#dueAt = Math.max(dueAt, Date.now() - this.#person.intervalMs) + this.#person.intervalMs;
    this.#pending = { id: `${this.#person.sender}-${this.#number + 1}`, dueAt };
    this.#say();
  }

  #say() {
    if (this.#pending === null) return;
    const { sender, room } = this.#person;
    const { id, dueAt } = this.#pending;
    const note = { sender, number: this.#number + 1, sentAt: dueAt, previousSeq: this.#ownSeq };
    this.#mouth.tell("send_message", id, { room, content: encodeNote(note) });
    this.#beImpatient();
  }

  #beImpatient() {
    this.#timer.start(() => this.#mouth.unanswered(), answerMaxMs);
  }

  /**
   * @param {string} type
   * @param {string | undefined} id
   * @param {any} payload
   * @param {number} at
   */
  #answered(type, id, payload, at) {
    if (type === "error") this.#refused(id, payload);
    else if (id === lastLook) this.#looked(payload);
    else if (id === this.#pending?.id) this.#stored(payload, at);
    else this.#mouth.failed();
  }

  /**
   * @param {{ epoch: string, seq: number, duplicate: boolean }} ack
   * @param {number} at
   */
  #stored({ epoch, seq, duplicate }, at) {
    const dueAt = this.#pending?.dueAt ?? at;
    const number = ++this.#number;
    const { sender } = this.#person;
    figures.ackLatency.add(at - dueAt);
    figures.acked.add(1);
    figures.errors.add(false);
    // The ack of a repetition stands for nothing: the event itself has come, or comes.
    if (!duplicate && this.log.take(epoch, seq))
      this.#senders.take({ sender, number, sentAt: dueAt, previousSeq: this.#ownSeq }, seq);
    this.#ownSeq = seq;
    this.#pending = null;
    this.#timer.stop();
    this.#wait();
  }

  /**
   * @param {string | undefined} id
   * @param {{ retryable: boolean, retryAfterMs?: number }} error
   */
  #refused(id, { retryable, retryAfterMs = repeatMs }) {
    this.#mouth.failed();
    if (id !== lastLook && id !== this.#pending?.id) return;
    if (!retryable || this.#person.isOver()) return this.#mouth.finished();
    this.#timer.start(() => this.goOn(), retryAfterMs);
  }

  /**
   * @param {any} event
   * @param {number} at
   */
  #event({ epoch, seq, message }, at) {
    if (!this.log.take(epoch, seq)) return;
    const note = decodeNote(message?.content);
    if (note === null) return;
    this.#senders.take(note, seq);
    if (note.sender === this.#person.sender) return;
    figures.messageLatency.add(Math.max(0, at - note.sentAt));
  }

  #finish() {
    this.#isEnding = true;
    this.#look();
  }

  /** The last messages leave no hole if they are lost; the head of the log, which comes after them, tells. */
  #look() {
    this.#mouth.tell("history", lastLook, { room: this.#person.room, limit: 1 });
    this.#beImpatient();
  }

  /** @param {{ epoch: string, seq: number }} head */
  #looked({ epoch, seq }) {
    this.log.reach(epoch, seq);
    this.#mouth.finished();
  }
}

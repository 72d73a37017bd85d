import { Conversation } from "./conversation.js";
import { figures } from "./load-figures.js";
import { Timer } from "./timer.js";
import { UserSocket } from "./user-socket.js";

/** @import { Frame } from "./chat-wire.js" */
/** @import { Way } from "./user-socket.js" */

/** For a socket to be open and joined, and for an answer to a command. */
const answerMaxMs = 10_000;
const backoffMs = 1000;
const backoffMaxMs = 8000;

/**
 * One session: a person who comes, joins a room, writes now and then, follows what the others write, moves to another
 * socket when told goodbye, and leaves.
 * @typedef {object} Person
 * @property {Way} way
 * @property {string} room
 * @property {string} sender names this session to the others
 * @property {number} intervalMs between two messages of one user
 * @property {() => boolean} isOver whether it is time to leave
 */
export class VirtualUser {
  /** @type {Person} */
  #person;
  /** @type {Conversation} */
  #conversation;
  /** The one that it writes to. @type {UserSocket | null} */
  #live = null;
  /** The one that is to take over. @type {UserSocket | null} */
  #next = null;
  #patience = new Timer();
  #backoff = new Timer();
  #failures = 0;
  #isWaiting = false;
  #isLate = false;
  #isGone = false;
  #isFlawless = true;
  #wasLive = false;

  /** @param {Person} person */
  constructor(person) {
    this.#person = person;
    this.#conversation = new Conversation(person, {
      tell: (type, id, payload) => this.#live?.tell(type, id, payload),
      failed: () => this.#fail(),
      unanswered: () => this.#live !== null && this.#giveUp(this.#live),
      finished: () => this.#leave(),
    });
  }

  /** Returns at once: the event loop does the rest. Who would come in the last moment stays away. */
  come() {
    if (this.#person.isOver()) return;
    figures.sessions.add(1);
    this.#dial();
  }

  #dial() {
    this.#isWaiting = false;
    if (this.#isGone || this.#next !== null) return;
    if (this.#person.isOver() && !this.#triesAgain()) return this.#leave();
    const startedAt = Date.now();
    const socket = new UserSocket(this.#person.way, {
      heard: (frame, at) => this.#heard(socket, frame, at, startedAt),
      closed: () => this.#closed(socket),
    });
    this.#next = socket;
    this.#patience.start(() => this.#giveUp(socket), answerMaxMs);
  }

  /** At the end of a session only who waits for an ack, and once: k6 grants half a minute. */
  #triesAgain() {
    const isFirst = !this.#isLate;
    this.#isLate = true;
    return isFirst && this.#conversation.isWaiting;
  }

  /** @param {UserSocket} socket that does not answer */
  #giveUp(socket) {
    socket.leave();
    this.#closed(socket);
  }

  /** @param {UserSocket} socket */
  #closed(socket) {
    const isNewest = socket === this.#newest;
    if (socket === this.#live) {
      this.#live = null;
      this.#conversation.interrupt();
    }
    if (!isNewest) return;
    this.#next = null;
    this.#patience.stop();
    this.#fail();
    this.#dialLater();
  }

  get #newest() {
    return this.#next ?? this.#live;
  }

  #dialLater() {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const longest = Math.min(backoffMaxMs, backoffMs * 2 ** this.#failures++);
    this.#backoff.start(() => this.#dial(), longest * (0.5 + Math.random() / 2));
  }

  /**
   * @param {UserSocket} socket
   * @param {Frame} frame
   * @param {number} at
   * @param {number} startedAt
   */
  #heard(socket, frame, at, startedAt) {
    const { type, id, payload } = frame;
    if (type === "connection_established") {
      figures.connectTime.add(at - startedAt);
      this.#join(socket);
    } else if (type === "message_response" && id === "join") this.#joined(socket, payload.rooms[0], at);
    else if (type === "error" && id === "join") this.#giveUp(socket);
    else if (type === "goodbye") this.#move(socket, payload.reconnect);
    else if (type === "resync" || type === "room_left") this.#giveUp(socket);
    else this.#conversation.heard(frame, at);
  }

  /** @param {UserSocket} socket */
  #join(socket) {
    const { epoch, seq } = this.#conversation.log;
    const position = this.#wasLive ? { epoch, seq } : {};
    socket.tell("join", "join", { rooms: [{ room: this.#person.room, ...position }] });
  }

  /**
   * @param {UserSocket} socket
   * @param {any} answer
   * @param {number} at
   */
  #joined(socket, answer, at) {
    if (!answer.ok) return this.#giveUp(socket);
    this.#conversation.joined(answer, at, this.#live !== null);
    if (answer.recovered && answer.more) return this.#join(socket);
    this.#patience.stop();
    figures.errors.add(false);
    if (this.#wasLive) figures.resumed.add(1);
    this.#live?.leave();
    this.#live = socket;
    this.#next = null;
    this.#failures = 0;
    this.#wasLive = true;
    this.#conversation.goOn();
  }

  /**
   * The old socket stays until the new one has joined; what becomes of it meanwhile is of no concern.
   * @param {UserSocket} socket
   * @param {boolean} isWanted whether the server wants it back
   */
  #move(socket, isWanted) {
    if (socket !== this.#newest) return;
    if (isWanted && !this.#isWaiting) return this.#dial();
    if (isWanted) return;
    this.#fail();
    this.#leave();
  }

  #fail() {
    if (this.#isGone) return;
    this.#isFlawless = false;
    figures.errors.add(true);
  }

  #leave() {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#patience.stop();
    this.#live?.leave();
    this.#next?.leave();
    const isWhole = this.#conversation.end();
    figures.success.add(this.#isFlawless && isWhole && this.#wasLive);
  }
}

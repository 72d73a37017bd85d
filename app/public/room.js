import { randomId } from "./random-id.js";

/**
 * @typedef {{ id: string, clientId: string | null, authorId: string, authorName: string, content: string,
 *   createdAt: number, seq: number }} Message
 * @typedef {{ id: string, content: string, createdAt: number, problem: string | null }} Draft
 *
 * @typedef {object} Options
 * @property {string} name
 * @property {(type: string, payload: object, id: string) => void} send
 * @property {() => void} onChange
 */

/** What a page shows at once; older messages are still in the history. */
const messagesMax = 1000;
const historyPage = 50;
const retryMs = 2000;

/** One joined room: its messages in the order of the log, and what waits to be stored. */
export class Room {
  #options;
  me = { authorId: "", authorName: "" };
  /** Undefined until the first join: a position that we never had. */
  #position;
  isJoined = false;
  #joinId = "";
  #historyId = "";
  /** @type {Message[]} */
  messages = [];
  /** Sent or to be sent, not yet acknowledged. @type {Draft[]} */
  drafts = [];
  hasOlder = false;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
  }

  /** On each new connection: goes on where the last one ended. */
  enter({ userId, userName }) {
    this.me = { authorId: userId, authorName: userName };
    this.isJoined = false;
    this.#join();
  }

  write(content) {
    const draft = { id: randomId(), content, createdAt: Date.now(), problem: null };
    this.drafts.push(draft);
    this.#submit(draft);
    this.#options.onChange();
  }

  discard(id) {
    this.drafts = this.drafts.filter((draft) => draft.id !== id);
    this.#options.onChange();
  }

  loadOlder() {
    this.#historyId = randomId();
    const before = this.messages[0]?.seq;
    this.#options.send("history", { room: this.#options.name, before, limit: historyPage }, this.#historyId);
  }

  isMine({ authorId }) {
    return authorId === this.me.authorId;
  }

  /** Takes whatever the server sends; what is not for this room is left alone. */
  take({ type, id, payload }) {
    if (type === "message_response") this.#takeAnswer(id, payload);
    else if (type === "error" && id !== undefined) this.#takeError(id, payload);
    else if (payload.room === this.#options.name) this.#takeEvent(type, payload);
    this.#options.onChange();
  }

  #join() {
    this.#joinId = randomId();
    const request = { room: this.#options.name, ...this.#position };
    this.#options.send("join", { rooms: [request] }, this.#joinId);
  }

  #submit({ id, content, problem }) {
    if (!this.isJoined || problem !== null) return;
    this.#options.send("send_message", { room: this.#options.name, content }, id);
  }

  #takeAnswer(id, payload) {
    if (id === this.#joinId) this.#takeJoin(payload.rooms[0]);
    else if (id === this.#historyId) this.#takeOlder(payload);
    else this.#takeAck(id, payload);
  }

  #takeJoin(answer) {
    if (!answer.ok) return this.#retry(() => this.#join());
    if (answer.recovered) for (const { type, payload } of answer.events) this.#takeEvent(type, payload);
    else this.#startOver(answer);
    this.#position = { epoch: answer.epoch, seq: answer.seq };
    if (answer.more) return this.#join();
    this.isJoined = true;
    for (const draft of this.drafts) this.#submit(draft);
  }

  #startOver({ messages, hasMore }) {
    this.messages = [];
    this.hasOlder = hasMore;
    for (const message of messages) this.#add(message);
  }

  #takeOlder({ messages, hasMore }) {
    this.hasOlder = hasMore;
    this.messages = [...messages, ...this.messages];
  }

  /** An ack takes the event's place in the room's order; a duplicate was shown when it was replayed. */
  #takeAck(id, { epoch, seq, messageId, createdAt, duplicate }) {
    const draft = this.drafts.find((each) => each.id === id);
    if (draft === undefined) return;
    this.drafts = this.drafts.filter((each) => each !== draft);
    if (duplicate) return;
    this.#position = { epoch, seq };
    this.#add({ ...this.me, id: messageId, clientId: id, content: draft.content, createdAt, seq });
  }

  #takeError(id, { message, retryable }) {
    if (id === this.#joinId) return this.#retry(() => this.#join());
    const draft = this.drafts.find((each) => each.id === id);
    if (draft === undefined) return;
    if (retryable) return this.#retry(() => this.drafts.includes(draft) && this.#submit(draft));
    draft.problem = message;
  }

  #takeEvent(type, payload) {
    if (type === "resync" || type === "room_left") return this.#rejoin();
    if (payload.seq === undefined || this.#isKnown(payload)) return;
    this.#position = { epoch: payload.epoch, seq: payload.seq };
    if (type === "chat_message") this.#add({ ...payload.message, seq: payload.seq });
  }

  #isKnown({ epoch, seq }) {
    return epoch === this.#position?.epoch && seq <= this.#position.seq;
  }

  #rejoin() {
    this.#position = undefined;
    this.isJoined = false;
    this.#retry(() => this.#join());
  }

  #add(message) {
    if (this.isMine(message)) this.drafts = this.drafts.filter(({ id }) => id !== message.clientId);
    this.messages.push(message);
    if (this.messages.length <= messagesMax) return;
    this.messages = this.messages.slice(-messagesMax);
    this.hasOlder = true;
  }

  #retry(again) {
    setTimeout(again, retryMs * (0.5 + Math.random()));
  }
}

/**
 * @typedef {{ emoji: string, count: number, mine: boolean }} Reaction
 * @typedef {{ id: string, seq: number, authorId: string, authorName: string, authorImage: string | null,
 *   content: string, meta: object | null, isEdited: boolean, createdAt: number, reactions: readonly Reaction[],
 *   asOf: number }} Message
 * @typedef {{ kind: "edit" | "delete" | "reaction", seq: number, messageId: string, content?: string, meta?: object,
 *   emoji?: string, action?: "add" | "remove", isMine?: boolean }} Change
 */

/** As much as a page shows without becoming slow; the rest is still on the server. */
const messagesMax = 2000;
/** Changes that a page of older messages, read while they came, may lack. */
const changesMax = 500;

/** Messages of a room in the order of its log, each as of a place in that log. A message that changes is a new object. */
export class MessageStore {
  /** @type {Message[]} */
  messages = [];
  hasOlder = false;
  /** @type {Change[]} */
  #changes = [];

  get isFull() {
    return this.messages.length >= messagesMax;
  }

  reset(messages, hasOlder, asOf) {
    this.#changes = [];
    this.hasOlder = hasOlder;
    this.messages = messages.map((message) => ({ ...message, asOf }));
  }

  /** The newest: the oldest makes room for it. */
  add(message) {
    this.messages.push({ reactions: [], ...message, asOf: message.seq });
    if (this.messages.length <= messagesMax) return;
    this.messages.shift();
    this.hasOlder = true;
  }

  /** What came before the first, as of a place in the log that changes may have come after. */
  addOlder(older, hasOlder, asOf) {
    this.hasOlder = hasOlder;
    const first = this.messages[0]?.seq ?? Number.POSITIVE_INFINITY;
    const added = older.filter(({ seq }) => seq < first).map((message) => ({ ...message, asOf }));
    this.messages.unshift(...added);
    for (const change of this.#changes) this.#apply(change);
  }

  /** @param {Change} change */
  change(change) {
    this.#changes.push(change);
    if (this.#changes.length > changesMax) this.#changes.shift();
    this.#apply(change);
  }

  /** @param {Change} change */
  #apply(change) {
    const index = this.messages.findLastIndex(({ id }) => id === change.messageId);
    const message = this.messages[index];
    if (message === undefined || change.seq <= message.asOf) return;
    if (change.kind === "delete") this.messages.splice(index, 1);
    else this.messages[index] = { ...changed(message, change), asOf: change.seq };
  }
}

/** @param {Message} message @param {Change} change @returns {Message} */
function changed(message, { kind, content = "", meta = message.meta, ...reaction }) {
  if (kind === "edit") return { ...message, content, meta, isEdited: true };
  return { ...message, reactions: count(message.reactions, reaction) };
}

/** @param {readonly Reaction[]} reactions @returns {Reaction[]} */
function count(reactions, { emoji, action, isMine }) {
  const before = reactions.find((each) => each.emoji === emoji) ?? { emoji, count: 0, mine: false };
  const mine = isMine ? action === "add" : before.mine;
  const after = { emoji, count: before.count + (action === "add" ? 1 : -1), mine };
  const others = reactions.map((each) => (each.emoji === emoji ? after : each));
  return (before.count === 0 ? [...others, after] : others).filter((each) => each.count > 0);
}

import { Composer } from "./composer.js";
import { MessageEditor } from "./message-editor.js";
import { MessageList } from "./message-list.js";
import { MessageTools } from "./message-tools.js";

/** @typedef {import("./chat-room.js").ChatRoom} ChatRoom */

/** So near the beginning older messages are asked for. */
const nearBeginningPixels = 300;
const typistsShown = 3;

/** The room that is looked at: its messages, and where one writes. */
export class ChatView {
  composer;
  #elements;
  #onProblem;
  /** @type {ChatRoom | null} */
  #room = null;
  /** @type {Map<ChatRoom, MessageList>} */
  #lists = new Map();
  #editor = new MessageEditor((view, content) => this.#try(this.#room?.edit(view.shown, content)));
  #tools = new MessageTools({
    isMine: (message) => this.#room?.isMine(message) ?? false,
    onReact: (message, emoji) => this.#react(message, emoji),
    onEdit: (view) => this.#editor.open(view, this.composer.charsMax),
    onDelete: (message) => this.#try(this.#room?.remove(message)),
  });

  /** @param {Record<string, HTMLElement>} elements @param {(message: string) => void} onProblem */
  constructor(elements, onProblem) {
    this.#elements = elements;
    this.#onProblem = onProblem;
    const { scroller, newest, older, form, text, charsLeft, send } = elements;
    this.composer = new Composer({
      ...{ form, text, charsLeft, send },
      onWrite: (content) => this.#write(content),
      onTyping: (isTyping) => this.#room?.typing(isTyping),
    });
    for (const type of ["pointerover", "focusin", "click"])
      scroller.addEventListener(type, ({ target }) => this.#tools.goTo(this.#list?.viewAt(target)));
    scroller.addEventListener("scroll", () => this.#scrolled());
    newest.addEventListener("click", () => this.#list?.scrollToEnd());
    older.addEventListener("click", () => this.#room?.loadOlder());
  }

  get #list() {
    return this.#room === null ? undefined : this.#lists.get(this.#room);
  }

  /** Whether what comes last is in sight. */
  get isAtEnd() {
    return this.#list?.isAtEnd ?? false;
  }

  /** @param {ChatRoom} room */
  show(room) {
    if (this.#room !== null) this.#room.unsent = this.composer.value;
    this.#list?.putAside();
    this.#room = room;
    if (!this.#lists.has(room)) this.#lists.set(room, this.#makeList(room));
    this.#list?.takeOver();
    this.composer.value = room.unsent;
    this.#elements.newest.hidden = true;
    this.draw();
  }

  /** @param {ChatRoom} room */
  forget(room) {
    if (room === this.#room) this.#list?.putAside();
    if (room === this.#room) this.#room = null;
    this.#lists.delete(room);
  }

  draw() {
    const room = this.#room;
    if (room === null) return;
    this.#list?.draw();
    const { name, total, older, full, empty, notice, typing } = this.#elements;
    name.textContent = room.name;
    total.textContent = describePresence(room);
    older.hidden = !room.hasOlder;
    older.textContent = room.isLoadingOlder ? "Loading older messages …" : "Show older messages";
    full.hidden = !room.isFull;
    empty.hidden = !room.isJoined || room.messages.length + room.drafts.length > 0;
    notice.textContent = room.olderProblem || room.problem;
    notice.hidden = notice.textContent === "";
    typing.textContent = describeTyping(room.people.typists);
    this.#scrolled();
  }

  announce() {
    if (!this.isAtEnd) this.#elements.newest.hidden = false;
  }

  #makeList(room) {
    return new MessageList(room, this.#elements.scroller, {
      onReact: (message, emoji) => this.#react(message, emoji),
      onRetry: (draft) => room.retry(draft),
      onDiscard: (draft) => room.discard(draft),
    });
  }

  #write(content) {
    this.#list?.scrollToEnd();
    this.#room?.write(content);
  }

  #react(message, emoji) {
    this.#try(this.#room?.react(message, emoji));
  }

  /** @param {Promise<unknown> | undefined} change */
  #try(change) {
    change?.catch(({ message }) => this.#onProblem(message));
  }

  /** A page that is hidden has no height, and nobody reads in it. */
  #scrolled() {
    const { scroller, newest } = this.#elements;
    const room = this.#room;
    if (this.isAtEnd) newest.hidden = true;
    const isNear = scroller.clientHeight > 0 && scroller.scrollTop < nearBeginningPixels;
    if (isNear && room?.isJoined && room.hasOlder && room.olderProblem === "") void room.loadOlder();
  }
}

/** @param {ChatRoom} room */
function describePresence({ isJoined, isAway, people }) {
  if (isJoined) return `${people.total} here`;
  return isAway ? "not joined" : "joining …";
}

/** @param {readonly string[]} names */
function describeTyping(names) {
  if (names.length === 0) return "";
  if (names.length > typistsShown) return "Several people are typing …";
  return `${names.join(", ")} ${names.length === 1 ? "is" : "are"} typing …`;
}

import { make } from "../dom/make.js";
import { RovingFocus } from "../dom/roving-focus.js";
import { MessageView } from "./message-view.js";

/** @typedef {import("./chat-room.js").ChatRoom} ChatRoom */

/** Messages of one author within this time share a heading. */
const groupMs = 5 * 60_000;
/** So near the end a reader wants to see what comes. */
const nearEndPixels = 80;

const calendar = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/** Shows one room. Elements stay as long as what they show, so that nothing flickers and selections survive. */
export class MessageList {
  element = make("ol", "messages");
  #room;
  #scroller;
  #actions;
  #roving;
  /** @type {Map<string, MessageView>} */
  #views = new Map();
  #isAtEnd = true;
  #top = 0;

  /** @param {ChatRoom} room @param {HTMLElement} scroller @param {import("./message-view.js").Actions} actions */
  constructor(room, scroller, actions) {
    this.#room = room;
    this.#scroller = scroller;
    this.#actions = actions;
    this.element.setAttribute("aria-label", `Messages of ${room.name}`);
    const inner = ".content a, .below button, .below summary";
    this.#roving = new RovingFocus({ list: this.element, selector: ".message", inner });
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < nearEndPixels;
  }

  /** Before another list takes the scroller. */
  putAside() {
    this.#isAtEnd = this.isAtEnd;
    this.#top = this.#scroller.scrollTop;
    this.element.remove();
  }

  takeOver() {
    this.#scroller.append(this.element);
    this.draw(this.#isAtEnd);
    if (!this.#isAtEnd) this.#scroller.scrollTop = this.#top;
  }

  /** The end stays in sight where it was; anywhere else what was in sight stays where it was. */
  draw(isAtEnd = this.isAtEnd) {
    const anchor = isAtEnd ? null : this.#anchor();
    this.#arrange([
      ...this.#room.messages.map((each) => this.#message(each)),
      ...this.#room.drafts.map((each) => this.#draft(each)),
    ]);
    this.#roving.refresh("last");
    if (isAtEnd) this.#roving.returnToEnd();
    if (isAtEnd) this.scrollToEnd();
    else if (anchor?.element.isConnected)
      this.#scroller.scrollTop += anchor.element.offsetTop - anchor.offsetTop;
  }

  scrollToEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** @param {EventTarget | null} target */
  viewAt(target) {
    const element = target instanceof Element ? target.closest(".message") : null;
    return [...this.#views.values()].find((view) => view.element === element);
  }

  #anchor() {
    const { scrollTop } = this.#scroller;
    const element = /** @type {HTMLElement[]} */ ([...this.element.children]).find(
      ({ offsetTop, offsetHeight }) => offsetTop + offsetHeight > scrollTop,
    );
    return element && { element, offsetTop: element.offsetTop };
  }

  #message(message) {
    const isMine = this.#room.isMine(message);
    if (isMine && !this.#views.has(message.id)) this.#adopt(message);
    const view = this.#views.get(message.id) ?? this.#make(message.id, message, isMine, message);
    view.showMessage(message);
    return { key: message.id, view, authorId: message.authorId, createdAt: message.createdAt };
  }

  /** A draft becomes the message that it was stored as; its element stays, except that it knew no picture. */
  #adopt({ id, clientId, authorImage }) {
    const draft = this.#views.get(draftKey(clientId));
    if (draft === undefined || authorImage !== null) return;
    this.#views.delete(draftKey(clientId));
    this.#views.set(id, draft);
  }

  #draft(draft) {
    const { me } = this.#room;
    const key = draftKey(draft.id);
    const view = this.#views.get(key) ?? this.#make(key, draft, true, me);
    view.showDraft(draft);
    return { key, view, authorId: me.authorId, createdAt: draft.createdAt };
  }

  #make(key, shown, isMine, author) {
    const view = new MessageView(shown, { isMine, author }, this.#actions);
    this.#views.set(key, view);
    return view;
  }

  #arrange(shown) {
    const keys = new Set(shown.map(({ key }) => key));
    for (const [key, view] of this.#views) if (!keys.has(key)) this.#remove(key, view);
    let before = { authorId: "", createdAt: 0 };
    for (const [index, { view, authorId, createdAt }] of shown.entries()) {
      const { element } = view;
      const day = calendar.format(createdAt);
      const isNewDay = day !== calendar.format(before.createdAt);
      const isContinued = before.authorId === authorId && createdAt - before.createdAt < groupMs && !isNewDay;
      element.classList.toggle("continued", isContinued);
      if (isNewDay) element.dataset.day = day;
      else delete element.dataset.day;
      if (this.element.children[index] !== element)
        this.element.insertBefore(element, this.element.children[index] ?? null);
      before = { authorId, createdAt };
    }
  }

  /** Who was reading it goes on with its neighbour. */
  #remove(key, { element }) {
    const isFocused = element.contains(document.activeElement);
    const neighbour = element.nextElementSibling ?? element.previousElementSibling;
    element.remove();
    this.#views.delete(key);
    if (isFocused && neighbour instanceof HTMLElement) neighbour.focus();
  }
}

const draftKey = (id) => `draft ${id}`;

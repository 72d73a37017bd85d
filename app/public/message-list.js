/** @typedef {import("./room.js").Room} Room */

/** Messages of one author within this time share a heading. */
const groupMs = 5 * 60_000;
/** So near the end a reader wants to see what comes. */
const nearEndPixels = 80;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** Shows a room; elements stay as long as what they show, so that nothing flickers and selections survive. */
export class MessageList {
  #list;
  #scroller;
  #onDiscard;
  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();

  /** @param {{ list: HTMLElement, scroller: HTMLElement, onDiscard: (id: string) => void }} options */
  constructor({ list, scroller, onDiscard }) {
    this.#list = list;
    this.#scroller = scroller;
    this.#onDiscard = onDiscard;
  }

  /** @param {Room} room */
  show(room) {
    const wasAtEnd = this.isAtEnd;
    const heightBefore = this.#scroller.scrollHeight;
    const firstBefore = this.#list.firstElementChild;
    const shown = [...room.messages.map((message) => this.#message(room, message)), ...this.#drafts(room)];
    this.#arrange(shown);
    if (wasAtEnd) this.scrollToEnd();
    else if (firstBefore !== this.#list.firstElementChild && firstBefore?.isConnected)
      this.#scroller.scrollTop += this.#scroller.scrollHeight - heightBefore;
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < nearEndPixels;
  }

  scrollToEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #arrange(shown) {
    const keys = new Set(shown.map(({ key }) => key));
    for (const [key, element] of this.#elements) if (!keys.has(key)) this.#remove(key, element);
    let previous = null;
    for (const [index, { element, authorId, createdAt }] of shown.entries()) {
      const isContinued = previous?.authorId === authorId && createdAt - previous.createdAt < groupMs;
      element.classList.toggle("continued", isContinued);
      if (this.#list.children[index] !== element)
        this.#list.insertBefore(element, this.#list.children[index] ?? null);
      previous = { authorId, createdAt };
    }
  }

  #remove(key, element) {
    element.remove();
    this.#elements.delete(key);
  }

  #message(room, message) {
    const key = `message ${message.id}`;
    const element = this.#elements.get(key) ?? this.#create(key, message, room.isMine(message));
    return { key, element, authorId: message.authorId, createdAt: message.createdAt };
  }

  #drafts(room) {
    return room.drafts.map((draft) => {
      const key = `draft ${draft.id}`;
      const element = this.#elements.get(key) ?? this.#create(key, { ...draft, ...room.me }, true);
      this.#markDraft(element, draft);
      return { key, element, authorId: room.me.authorId, createdAt: draft.createdAt };
    });
  }

  #create(key, { authorId, authorName, content, createdAt }, isMine) {
    const element = make("li", isMine ? "message mine" : "message");
    element.style.setProperty("--hue", String(hueOf(authorId)));
    const time = make("time", "", clock.format(createdAt));
    time.dateTime = new Date(createdAt).toISOString();
    time.title = calendar.format(createdAt);
    const heading = make("p", "heading");
    heading.append(make("b", "author", authorName), time);
    element.append(make("span", "avatar", authorName.slice(-2)), heading, make("p", "content", content));
    this.#elements.set(key, element);
    return element;
  }

  #markDraft(element, { id, problem }) {
    element.classList.add("draft");
    if (problem === null || element.classList.contains("failed")) return;
    element.classList.add("failed");
    const discard = make("button", "quiet", "Discard");
    discard.type = "button";
    discard.onclick = () => this.#onDiscard(id);
    const note = make("p", "problem", `Not sent: ${problem} `);
    note.append(discard);
    element.append(note);
  }
}

function make(name, className, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

/** A colour that an author keeps. */
function hueOf(authorId) {
  let hash = 0;
  for (const character of authorId) hash = (hash * 31 + character.codePointAt(0)) % 360;
  return hash;
}

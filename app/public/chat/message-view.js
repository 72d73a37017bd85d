import { make, makeButton } from "../dom/make.js";
import { hueOf, makeAvatar } from "./avatar.js";
import { linkedText } from "./linked-text.js";

/**
 * @typedef {import("./chat-room.js").Draft} Draft
 * @typedef {import("./message-store.js").Message} Message
 * @typedef {{ onReact(message: Message, emoji: string): void, onRetry(draft: Draft): void, onDiscard(draft: Draft): void }} Actions
 */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** One message in the list; its element stays while what it shows changes. */
export class MessageView {
  /** @type {HTMLLIElement} */
  element;
  /** @type {Message | Draft} */
  shown;
  #actions;
  #content = make("div", "content");
  #edited = make("span", "edited");
  #below = make("div", "below");
  /** @type {string | null} */
  #problem = null;
  /** They stay while they are there, and the focus on them. @type {Map<string, HTMLButtonElement>} */
  #reactions = new Map();

  /** @param {Message | Draft} shown @param {{ isMine: boolean, author: object }} whose @param {Actions} actions */
  constructor(shown, { isMine, author }, actions) {
    const { authorId, authorName, authorImage } = author;
    this.#actions = actions;
    this.shown = shown;
    this.element = make("li", isMine ? "message mine" : "message");
    this.element.tabIndex = -1;
    this.element.style.setProperty("--hue", String(hueOf(authorId)));
    const heading = make("p", "heading");
    heading.append(make("b", "author", authorName), makeTime(shown.createdAt), this.#edited);
    this.element.append(makeAvatar(authorId, authorName, authorImage), heading, this.#content, this.#below);
  }

  /** @param {Message} message */
  showMessage(message) {
    if (message === this.shown && this.#content.hasChildNodes()) return;
    this.shown = message;
    if (this.element.classList.contains("draft")) this.#below.replaceChildren();
    this.element.classList.remove("draft", "failed");
    this.element.dataset.id = message.id;
    this.#content.replaceChildren(linkedText(message.content));
    this.#edited.textContent = message.isEdited ? "edited" : "";
    this.#showReactions(message.reactions);
    this.#below.querySelector(".meta")?.remove();
    this.#below.append(...makeMeta(message.meta));
  }

  /** @param {Draft} draft */
  showDraft(draft) {
    this.shown = draft;
    this.#content.replaceChildren(linkedText(draft.content));
    this.element.classList.add("draft");
    this.element.classList.toggle("failed", draft.problem !== null);
    this.#edited.textContent = draft.problem === null ? "waiting to be stored" : "";
    // Made anew, a button would lose the focus, and a click that is under way.
    if (draft.problem !== this.#problem)
      this.#below.replaceChildren(...(draft.problem === null ? [] : this.#makeProblem(draft)));
    this.#problem = draft.problem;
  }

  #showReactions(reactions) {
    const emojis = new Set(reactions.map(({ emoji }) => emoji));
    for (const [emoji, button] of this.#reactions)
      if (!emojis.has(emoji)) this.#removeReaction(emoji, button);
    for (const { emoji, count, mine } of reactions) {
      const button = this.#reactions.get(emoji) ?? this.#makeReaction(emoji);
      button.textContent = `${emoji} ${count}`;
      button.setAttribute("aria-pressed", String(mine));
      button.setAttribute("aria-label", `${emoji}, ${count}`);
    }
  }

  #makeReaction(emoji) {
    const react = () => this.#actions.onReact(/** @type {Message} */ (this.shown), emoji);
    const button = makeButton({ text: "", className: "reaction", onClick: react });
    this.#reactions.set(emoji, button);
    this.#below.append(button);
    return button;
  }

  #removeReaction(emoji, button) {
    if (button === document.activeElement) this.element.focus();
    button.remove();
    this.#reactions.delete(emoji);
  }

  #makeProblem(draft) {
    const retry = makeButton({ text: "Try again", onClick: () => this.#actions.onRetry(draft) });
    const discard = makeButton({ text: "Discard", onClick: () => this.#actions.onDiscard(draft) });
    return [make("span", "problem", `Not sent: ${draft.problem}`), retry, discard];
  }
}

function makeTime(createdAt) {
  const time = make("time", "", clock.format(createdAt));
  time.dateTime = new Date(createdAt).toISOString();
  time.title = calendar.format(createdAt);
  return time;
}

/** What applications send along. */
function makeMeta(meta) {
  if (meta === null || meta === undefined) return [];
  const details = make("details", "meta");
  details.append(make("summary", "", "meta"), make("pre", "", JSON.stringify(meta, null, 2)));
  return [details];
}

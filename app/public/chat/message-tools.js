import { make, makeButton } from "../dom/make.js";

/**
 * @typedef {import("./message-store.js").Message} Message
 * @typedef {import("./message-view.js").MessageView} MessageView
 * @typedef {{ onReact(message: Message, emoji: string): void, onEdit(view: MessageView): void,
 *   onDelete(message: Message): void, isMine(message: Message): boolean }} Actions
 */

const emojis = ["👍", "❤️", "😂", "🎉"];
const emojiMax = 32;

/** What can be done with a message: one row of buttons, which goes to whatever message is pointed at. */
export class MessageTools {
  #actions;
  #element = make("div", "tools-row");
  #emoji = make("input", "emoji");
  #edit = makeButton({ text: "Edit", onClick: () => this.#view && this.#actions.onEdit(this.#view) });
  #delete = makeButton({ text: "Delete", className: "quiet danger", onClick: () => this.#askOrDelete() });
  /** @type {MessageView | null} */
  #view = null;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#element.setAttribute("role", "group");
    this.#element.setAttribute("aria-label", "What to do with the message");
    this.#emoji.maxLength = emojiMax;
    this.#emoji.placeholder = "emoji";
    this.#emoji.setAttribute("aria-label", "Another emoji, then Enter");
    this.#emoji.addEventListener("keydown", (event) => this.#press(event));
    this.#element.append(
      ...emojis.map((emoji) => this.#makeEmoji(emoji)),
      this.#emoji,
      this.#edit,
      this.#delete,
    );
  }

  /** @param {MessageView | undefined} view */
  goTo(view) {
    // Whoever uses it by keyboard, or writes an emoji, does not lose it to a pointer that rests elsewhere.
    const isBusy = this.#element.querySelector(":focus-visible") !== null;
    if (view === undefined || isBusy || view === this.#view || view.element.classList.contains("draft"))
      return;
    this.#view = view;
    const isMine = this.#actions.isMine(this.#message);
    this.#edit.hidden = this.#delete.hidden = !isMine;
    this.#rest();
    view.element.append(this.#element);
  }

  /** It may have changed since it was pointed at. */
  get #message() {
    return /** @type {Message} */ (this.#view?.shown);
  }

  #makeEmoji(emoji) {
    return makeButton({ text: emoji, label: `React with ${emoji}`, onClick: () => this.#react(emoji) });
  }

  #react(emoji) {
    this.#actions.onReact(this.#message, emoji);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const emoji = this.#emoji.value.trim();
    if (event.key === "Escape") this.#view?.element.focus();
    if (event.key !== "Enter" || emoji === "" || event.isComposing) return;
    this.#emoji.value = "";
    this.#react(emoji);
  }

  /** A second press means it. */
  #askOrDelete() {
    if (this.#delete.dataset.asked === undefined) {
      this.#delete.dataset.asked = "";
      this.#delete.textContent = "Really delete";
      return;
    }
    this.#rest();
    this.#actions.onDelete(this.#message);
  }

  #rest() {
    delete this.#delete.dataset.asked;
    this.#delete.textContent = "Delete";
    this.#emoji.value = "";
  }
}

/** How near to the longest message a counter helps. */
const counterFrom = 500;

/**
 * @typedef {{ form: HTMLFormElement, text: HTMLTextAreaElement, charsLeft: HTMLElement, send: HTMLButtonElement,
 *   onWrite: (content: string) => void, onTyping: (isTyping: boolean) => void }} Options
 */

/** Where messages are written: Enter sends, Shift+Enter begins a line. */
export class Composer {
  #options;
  charsMax = 8000;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    const { form, text, onTyping } = options;
    form.addEventListener("submit", (event) => this.#write(event));
    text.addEventListener("input", () => {
      this.#fit();
      onTyping(text.value.trim() !== "");
    });
    text.addEventListener("blur", () => onTyping(false));
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#write(event);
    });
  }

  get value() {
    return this.#options.text.value;
  }

  set value(value) {
    this.#options.text.value = value;
    this.#fit();
  }

  /** @param {Event} event */
  #write(event) {
    event.preventDefault();
    const content = this.value.toWellFormed().trim();
    if (content === "" || content.length > this.charsMax) return;
    this.value = "";
    this.#options.onTyping(false);
    this.#options.onWrite(content);
  }

  /** Grows with what is written, and counts when the end comes near. */
  #fit() {
    const { text, charsLeft, send } = this.#options;
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
    const left = this.charsMax - text.value.length;
    charsLeft.hidden = left > counterFrom;
    charsLeft.textContent = String(left);
    send.disabled = left < 0;
  }
}

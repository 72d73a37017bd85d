/** How near to the longest message a counter helps. */
const counterFrom = 500;

/** Where messages are written: Enter sends, Shift+Enter begins a line. */
export class Composer {
  #elements;
  #onWrite;
  charsMax = 8000;

  /**
   * @param {{ form: HTMLFormElement, text: HTMLTextAreaElement, charsLeft: HTMLElement, send: HTMLButtonElement,
   *   onWrite: (content: string) => void }} options
   */
  constructor({ onWrite, ...elements }) {
    this.#elements = elements;
    this.#onWrite = onWrite;
    const { form, text } = elements;
    form.addEventListener("submit", (event) => this.#write(event));
    text.addEventListener("input", () => this.#fit());
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#write(event);
    });
  }

  #write(event) {
    event.preventDefault();
    const { text } = this.#elements;
    const content = text.value.toWellFormed().trim();
    if (content === "" || content.length > this.charsMax) return;
    text.value = "";
    this.#fit();
    this.#onWrite(content);
  }

  /** Grows with what is written, and counts when the end comes near. */
  #fit() {
    const { text, charsLeft, send } = this.#elements;
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
    const left = this.charsMax - text.value.length;
    charsLeft.hidden = left > counterFrom;
    charsLeft.textContent = String(left);
    send.disabled = left < 0;
  }
}

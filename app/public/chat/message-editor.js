import { make, makeButton } from "../dom/make.js";

/** @typedef {import("./message-view.js").MessageView} MessageView */

/** One message at a time can be written anew, in its place. */
export class MessageEditor {
  #onSave;
  /** @type {HTMLElement | null} */
  #form = null;

  /** @param {(view: MessageView, content: string) => void} onSave */
  constructor(onSave) {
    this.#onSave = onSave;
  }

  /** @param {MessageView} view @param {number} charsMax */
  open(view, charsMax) {
    this.#close();
    const form = make("form", "editor");
    const text = make("textarea");
    text.value = /** @type {import("./message-store.js").Message} */ (view.shown).content;
    text.maxLength = charsMax;
    text.setAttribute("aria-label", "Edit the message");
    const cancel = makeButton({ text: "Cancel", onClick: () => this.#leave(view) });
    const save = make("button", "small", "Save");
    form.append(text, save, cancel);
    form.addEventListener("submit", (event) => this.#save(event, view, text.value));
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#leave(view);
      if (event.key === "Enter" && event.target === text && !event.shiftKey && !event.isComposing)
        this.#save(event, view, text.value);
    });
    this.#form = form;
    view.element.classList.add("editing");
    view.element.append(form);
    text.focus();
  }

  #save(event, view, value) {
    event.preventDefault();
    const content = value.toWellFormed().trim();
    if (content === "") return;
    this.#leave(view);
    if (content !== view.shown.content) this.#onSave(view, content);
  }

  #leave(view) {
    this.#close();
    view.element.focus();
  }

  #close() {
    this.#form?.parentElement?.classList.remove("editing");
    this.#form?.remove();
    this.#form = null;
  }
}

/** Where the window is too narrow for all of the page, one part of it is shown at a time. */
export class Views {
  #buttons;

  /** @param {HTMLElement} nav */
  constructor(nav) {
    this.#buttons = /** @type {HTMLButtonElement[]} */ ([...nav.querySelectorAll("[data-view]")]);
    for (const button of this.#buttons)
      button.addEventListener("click", () => this.show(button.dataset.view ?? ""));
  }

  /** @param {string} view */
  show(view) {
    document.body.dataset.view = view;
    for (const button of this.#buttons)
      if (button.dataset.view === view) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
  }
}

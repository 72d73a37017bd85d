import { RovingFocus } from "./roving-focus.js";

/** Tabs, each of which shows the panel that it controls. */
export class Tabs {
  #tabs;
  #roving;
  #onShow;

  /** @param {HTMLElement} list @param {(panelId: string) => void} onShow */
  constructor(list, onShow) {
    this.#onShow = onShow;
    this.#tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role="tab"]')]);
    const select = (tab) => this.show(tab.getAttribute("aria-controls"));
    this.#roving = new RovingFocus({ list, selector: '[role="tab"]', isHorizontal: true, onMove: select });
    for (const tab of this.#tabs) tab.addEventListener("click", () => select(tab));
  }

  /** @param {string} panelId */
  show(panelId) {
    for (const tab of this.#tabs) {
      const controlled = tab.getAttribute("aria-controls") ?? "";
      const isShown = controlled === panelId;
      tab.setAttribute("aria-selected", String(isShown));
      document.getElementById(controlled)?.toggleAttribute("hidden", !isShown);
      if (isShown) this.#roving.mark(tab);
    }
    this.#onShow(panelId);
  }
}

/**
 * @typedef {{ list: HTMLElement, selector: string, inner?: string, isHorizontal?: boolean,
 *   onMove?: (item: HTMLElement) => void }} Options `inner`: what can be used in an item
 */

/** Arrow keys, Home and End move through a list, of which one item at a time is in the page's tab order. */
export class RovingFocus {
  #options;
  /** @type {HTMLElement | null} */
  #current = null;

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    const { list } = options;
    list.addEventListener("keydown", (event) => this.#press(event));
    list.addEventListener("focusin", ({ target }) => {
      const item = this.#items().find((each) => each === target);
      if (item !== undefined) this.mark(item);
    });
  }

  /** @param {HTMLElement} item */
  mark(item) {
    if (this.#current !== null) this.#setTabIndex(this.#current, -1);
    this.#setTabIndex(item, 0);
    this.#current = item;
  }

  /** After the list has changed: there is always a way in. `fallback` is where, if the last one is gone. */
  refresh(fallback = "first") {
    for (const element of this.#innerOf(this.#options.list))
      element.tabIndex = this.#current?.contains(element) ? 0 : -1;
    if (this.#current?.isConnected && !this.#current.hidden) return;
    const item = this.#items().at(fallback === "first" ? 0 : -1);
    if (item !== undefined) this.mark(item);
  }

  /** Who comes next comes to the last item, unless somebody is in the list now. */
  returnToEnd() {
    const item = this.#items().at(-1);
    if (item !== undefined && !this.#options.list.contains(document.activeElement)) this.mark(item);
  }

  /** @param {HTMLElement} item @param {number} tabIndex */
  #setTabIndex(item, tabIndex) {
    for (const element of [item, ...this.#innerOf(item)]) element.tabIndex = tabIndex;
  }

  /** @param {HTMLElement} element */
  #innerOf(element) {
    const { inner } = this.#options;
    return /** @type {HTMLElement[]} */ (inner === undefined ? [] : [...element.querySelectorAll(inner)]);
  }

  #items() {
    return /** @type {HTMLElement[]} */ ([...this.#options.list.querySelectorAll(this.#options.selector)]);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const items = this.#items();
    const index = items.indexOf(event.target);
    const to =
      index < 0 || event.altKey || event.ctrlKey || event.metaKey
        ? undefined
        : this.#target(event.key, index);
    const item = to === undefined ? undefined : items[Math.max(0, Math.min(items.length - 1, to))];
    if (item === undefined) return;
    event.preventDefault();
    item.focus();
    this.#options.onMove?.(item);
  }

  /** @param {string} key @param {number} index */
  #target(key, index) {
    const [back, forth] = this.#options.isHorizontal ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    return { [back]: index - 1, [forth]: index + 1, Home: 0, End: Number.MAX_SAFE_INTEGER }[key];
  }
}

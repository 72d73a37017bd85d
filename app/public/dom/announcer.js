/** So long to gather what happens, since a screen reader reads all of it. */
const gatherMs = 1000;
const readMax = 3;

/** Tells a screen reader what is new, and how much where it is a lot. */
export class Announcer {
  #region;
  /** @type {string[]} */
  #waiting = [];
  #timer = 0;
  #count = 0;

  /** @param {HTMLElement} region a live region */
  constructor(region) {
    this.#region = region;
  }

  /** @param {string} text */
  say(text) {
    this.#count += 1;
    if (this.#waiting.length < readMax) this.#waiting.push(text);
    if (this.#timer === 0) this.#timer = setTimeout(() => this.#tell(), gatherMs);
  }

  #tell() {
    const isFew = this.#count <= readMax;
    this.#region.textContent = isFew ? this.#waiting.join(". ") : `${this.#count} new messages`;
    this.#waiting = [];
    this.#count = this.#timer = 0;
  }
}

import { clearTimeout, setTimeout } from "k6/timers";

/** What Date.now() and k6's clock may differ by. */
const toleranceMs = 5;

/**
 * One thing to be done later. k6 1.8 calls a timer too early if the one before it is cleared in the moment in which that
 * is due; such a call is put off.
 */
export class Timer {
  #id = 0;

  /**
   * In place of what was to be done.
   * @param {() => void} callback
   * @param {number} ms
   */
  start(callback, ms) {
    this.stop();
    this.#wait(callback, Date.now() + ms);
  }

  stop() {
    clearTimeout(this.#id);
  }

  /**
   * @param {() => void} callback
   * @param {number} dueAt
   */
  #wait(callback, dueAt) {
    const isDue = () => Date.now() >= dueAt - toleranceMs;
    this.#id = setTimeout(() => (isDue() ? callback() : this.#wait(callback, dueAt)), dueAt - Date.now());
  }
}

/** Says in one line how the connection is, and counts down to the next attempt. */
export class StateLine {
  #line;
  #retry;
  #countdown = 0;

  /** @param {{ line: HTMLElement, retry: HTMLElement }} elements */
  constructor({ line, retry }) {
    this.#line = line;
    this.#retry = retry;
  }

  /** @param {import("./socket-keeper.js").State} state */
  show(state) {
    clearInterval(this.#countdown);
    if (state.kind === "waiting") this.#countdown = setInterval(() => this.#describe(state), 500);
    this.#describe(state);
    this.#retry.hidden = state.kind !== "waiting" && state.kind !== "stopped";
  }

  #describe({ kind, message = "", retryAt = 0 }) {
    const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
    const phrases = {
      connecting: "Connecting …",
      connected: "Connected",
      waiting: `${message} Connecting again in ${seconds} s`,
      stopped: message,
    };
    this.#line.textContent = phrases[kind].trim();
    this.#line.dataset.kind = kind;
  }
}

import { stateWords } from "./state-words.js";

/** @typedef {import("../../client/index.ts").Client} Client */

/** Says in one line how the connection is, and counts down to the next attempt. */
export class StateLine {
  #elements;
  #say;
  /** @type {Client | null} */
  #client = null;
  #countdown = 0;
  #retryAt = 0;
  #color = "";

  /** @param {{ line: HTMLElement, retry: HTMLElement }} elements @param {(text: string) => void} say */
  constructor(elements, say) {
    this.#elements = elements;
    this.#say = say;
  }

  /** @param {Client} client */
  follow(client) {
    this.#client = client;
    this.#retryAt = 0;
    client.on("reconnecting", ({ delayMs }) => {
      this.#retryAt = Date.now() + delayMs;
    });
    client.on("state", ({ state, error }) => this.#client === client && this.#show(state, error));
    client.on("connected", ({ color }) => this.#served(color));
    this.#show(client.state, null);
  }

  #show(state, error) {
    const { line, retry } = this.#elements;
    const describe = () => {
      line.textContent = stateWords(state, error, this.#retryAt);
    };
    clearInterval(this.#countdown);
    if (state === "waiting") this.#countdown = setInterval(describe, 500);
    describe();
    if (line.dataset.kind !== state && state !== "connecting") this.#say(line.textContent ?? "");
    line.dataset.kind = state;
    retry.hidden = state !== "waiting" && state !== "stopped";
  }

  /** A deploy is seen by the colour of the whole page. */
  #served(color) {
    const { body } = document;
    if (this.#color !== "" && this.#color !== color) {
      this.#say(`Now served by ${color}`);
      body.classList.remove("color-changed");
      // Asking for the size begins the animation anew.
      void body.offsetWidth;
      body.classList.add("color-changed");
    }
    this.#color = body.dataset.color = color;
  }
}

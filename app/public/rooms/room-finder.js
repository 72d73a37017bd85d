import { make } from "../dom/make.js";
import { roomNamed, roomsMax } from "./kept-rooms.js";

/** Joins rooms by name, and offers those that the user is known to. */
export class RoomFinder {
  #elements;
  #onJoin;

  /** @param {{ form: HTMLFormElement, name: HTMLInputElement, known: HTMLElement, problem: HTMLElement }} elements
   * @param {(name: string) => boolean} onJoin false: there are too many */
  constructor(elements, onJoin) {
    this.#elements = elements;
    this.#onJoin = onJoin;
    elements.form.addEventListener("submit", (event) => this.#submit(event));
    elements.name.addEventListener("input", () => this.#refuse(""));
  }

  /** @param {readonly string[]} names */
  offer(names) {
    this.#elements.known.replaceChildren(
      ...names.map((name) => {
        const option = make("option");
        option.value = name;
        return option;
      }),
    );
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const { name } = this.#elements;
    const room = roomNamed(name.value.trim());
    if (room === null) return this.#refuse("Up to 64 of A–Z a–z 0–9 _ . - after room: or group:");
    if (!this.#onJoin(room)) return this.#refuse(`More than ${roomsMax} rooms are too many here: leave one.`);
    name.value = "";
  }

  #refuse(text) {
    const { problem, name } = this.#elements;
    problem.textContent = text;
    problem.hidden = text === "";
    name.setAttribute("aria-invalid", String(text !== ""));
  }
}

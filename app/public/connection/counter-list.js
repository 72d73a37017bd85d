import { make } from "../dom/make.js";

/** Each counter of the client, and what it means. */
const counters = [
  ["reconnects", "reconnects", "Connections that were lost and made again"],
  [
    "handovers",
    "handovers",
    "Moves to another server before the old connection closed: nothing was interrupted",
  ],
  ["resumes", "resumed", "Rooms that were given all they had missed"],
  ["resets", "resets", "Rooms of which the server no longer had all that was missed"],
  ["duplicates", "duplicates", "Events that came twice, and are shown once"],
  ["holes", "gaps", "Events that were missing where the next one came; 0 where nothing is lost"],
];

/** What has happened to the connection so far. */
export class CounterList {
  /** @type {Map<string, HTMLElement>} */
  #values = new Map();

  /** @param {HTMLElement} list a description list */
  constructor(list) {
    for (const [name, word, meaning] of counters) {
      const entry = make("div", "counter");
      entry.title = meaning;
      const value = make("dd", "", "0");
      value.id = `count-${word}`;
      entry.append(make("dt", "", word), value);
      list.append(entry);
      this.#values.set(name, value);
    }
  }

  /** @param {import("../../client/index.ts").Counters} counts */
  draw(counts) {
    for (const [name, value] of this.#values) {
      value.textContent = String(counts[name]);
      value.dataset.state = name === "holes" && counts.holes > 0 ? "bad" : "";
    }
  }
}

import { oncePerFrame } from "../dom/once-per-frame.js";
import { CounterList } from "./counter-list.js";
import { keepSessionId, newSessionId } from "./session-id.js";
import { keepToken } from "./start-token.js";

/** @typedef {import("./link.js").Link} Link */

const guestPattern = /^guest-[0-9a-f]{16}$/;

/** Where to connect and as whom, and what came of it. */
export class ConnectionPanel {
  #elements;
  #link;
  #counters;
  #giveUpCode = "";

  /** @param {Record<string, HTMLElement>} elements @param {Link} link */
  constructor(elements, link) {
    this.#elements = elements;
    this.#link = link;
    this.#counters = new CounterList(elements.counters);
    const { connectForm, newId, disconnect, drop, retry } = elements;
    connectForm.addEventListener("submit", (event) => {
      event.preventDefault();
      this.connect();
    });
    newId.addEventListener("click", async () => this.#setId(await newSessionId()));
    disconnect.addEventListener("click", () => link.close());
    drop.addEventListener("click", () => link.drop());
    retry.addEventListener("click", () => this.#retry());
  }

  /** @param {import("./link.js").Target} target */
  fill({ url, connectionId, token }) {
    this.#elements.url.value = url;
    this.#elements.token.value = token;
    this.#setId(connectionId);
  }

  connect() {
    const { url, connectionId, token, connectProblem: problem } = this.#elements;
    problem.hidden = true;
    try {
      this.#link.open({
        url: url.value.trim(),
        connectionId: connectionId.value.trim(),
        token: token.value.trim(),
      });
      keepToken(token.value.trim());
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  }

  /** @param {import("../../client/index.ts").Client} client */
  follow(client) {
    this.#giveUpCode = "";
    client.on("connected", (greeting) => this.#drawGreeting(greeting));
    client.on("gaveUp", ({ code }) => {
      this.#giveUpCode = code;
    });
    client.on("state", ({ state }) => client === this.#link.client && this.#drawState(state));
    client.on(
      "frame",
      oncePerFrame(() => this.#drawCounters(client)),
    );
    this.#drawState(client.state);
    this.#drawCounters(client);
  }

  #drawState(state) {
    const { disconnect, drop } = this.#elements;
    disconnect.disabled = state === "stopped";
    drop.disabled = state !== "connected";
  }

  #drawCounters(client) {
    if (client !== this.#link.client) return;
    const { counters } = client;
    const { gaps } = this.#elements;
    this.#counters.draw(counters);
    gaps.textContent = `${counters.holes} ${counters.holes === 1 ? "gap" : "gaps"}`;
    gaps.dataset.state = counters.holes === 0 ? "" : "bad";
  }

  #drawGreeting({ userId, userName, instance, color, version, connectionId }) {
    const elements = this.#elements;
    elements.me.textContent = userName;
    elements.me.title = userId;
    elements.instance.textContent = instance;
    elements.version.textContent = version;
    elements.color.textContent = color === "none" ? "no colour" : color;
    elements.guests.hidden = !guestPattern.test(userId);
    this.#setId(connectionId);
    keepSessionId(connectionId);
  }

  /** Where another place has the id, to come back with it would only take it away from there. */
  async #retry() {
    if (this.#giveUpCode === "replaced") this.#setId(await newSessionId());
    this.connect();
  }

  #setId(id) {
    this.#elements.connectionId.value = id;
  }
}

import { askWhy } from "./verdict.js";

/**
 * @typedef {{ kind: "connecting" | "connected" }
 *   | { kind: "waiting", retryAt: number, message: string }
 *   | { kind: "stopped", message: string }} State
 *
 * @typedef {object} Options
 * @property {string} connectionId
 * @property {() => Promise<string>} newConnectionId
 * @property {(state: State) => void} onState
 * @property {(event: { type: string, id?: string, payload: any }) => void} onEvent
 */

const subprotocol = "holdline.v1";
const delayMsMax = 30_000;
const firstDelayMs = 500;
/** A connection that lasts this long was a good one: the next loss starts with short delays again. */
const settledMs = 10_000;
/** On top of two heartbeats, for a slow network. */
const silenceReserveMs = 5_000;

/** Another place has this connectionId; to come back with it would only take it away from there. */
const replaced = 4501;

/** Close codes of the server that say: do not come back by yourself. */
const finalCloses = new Map([
  [4500, "The token is not valid."],
  [replaced, "This session is open in another place."],
  [4502, "You may not be here."],
  [4503, "This page does not speak the server's protocol: reload it."],
]);

/** Keeps one WebSocket open, as far as anybody can. */
export class SocketKeeper {
  #options;
  #socket = null;
  #isGreeted = false;
  #attempts = 0;
  #openedAt = 0;
  #silenceMs = 0;
  #silenceTimer = 0;
  #retryTimer = 0;

  /** @param {Options} options */
  constructor(options) {
    this.#options = { ...options };
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  connect() {
    this.#options.onState({ kind: "connecting" });
    const url = this.#url();
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url, [subprotocol]);
    this.#socket = socket;
    this.#isGreeted = false;
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    socket.onclose = ({ code }) => this.#closed(code);
  }

  /** Somebody asks for it; a connection that is open or under way is left alone. */
  retryNow() {
    if (this.#socket !== null) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = 0;
    this.connect();
  }

  /** Where it waits, not where it was told to stay away. */
  #hurry() {
    if (this.#retryTimer !== 0) this.retryNow();
  }

  send(type, payload, id) {
    if (this.#isGreeted) this.#socket?.send(JSON.stringify({ type, id, payload }));
  }

  #url() {
    return new URL(`ws/chat/${this.#options.connectionId}`, document.baseURI);
  }

  #hear(event) {
    if (event.type === "connection_established") this.#greeted(event.payload);
    this.#expectMore();
    const events = event.type === "batch" ? event.payload.events : [event];
    for (const each of events) this.#options.onEvent(each);
  }

  #greeted({ heartbeatInterval }) {
    this.#isGreeted = true;
    this.#openedAt = performance.now();
    this.#silenceMs = heartbeatInterval === 0 ? 0 : heartbeatInterval * 2 + silenceReserveMs;
    this.#options.onState({ kind: "connected" });
  }

  /** A server that says nothing for two heartbeats is gone, whatever the network thinks. */
  #expectMore() {
    clearTimeout(this.#silenceTimer);
    const socket = this.#socket;
    const giveUp = () => {
      if (socket !== this.#socket) return;
      socket.onclose = null;
      socket.close();
      void this.#closed(1006);
    };
    if (this.#silenceMs > 0) this.#silenceTimer = setTimeout(giveUp, this.#silenceMs);
  }

  async #closed(code) {
    clearTimeout(this.#silenceTimer);
    const wasGreeted = this.#isGreeted;
    this.#isGreeted = false;
    if (wasGreeted && performance.now() - this.#openedAt > settledMs) this.#attempts = 0;
    if (code === replaced) this.#options.connectionId = await this.#options.newConnectionId();
    if (code >= 4500 && code <= 4999) return this.#stop(finalCloses.get(code) ?? "The server said goodbye.");
    const verdict = wasGreeted ? null : await askWhy(this.#url());
    if (verdict?.isFinal) return this.#stop(verdict.message);
    if (verdict?.isIdTaken) this.#options.connectionId = await this.#options.newConnectionId();
    this.#wait(verdict?.waitMs ?? 0, verdict?.message ?? "");
  }

  #stop(message) {
    this.#socket = null;
    this.#options.onState({ kind: "stopped", message });
  }

  /** Random delays, so that thousands of pages do not come back in the same moment. */
  #wait(atLeastMs, message) {
    this.#socket = null;
    const delayMs = Math.random() * Math.min(delayMsMax, firstDelayMs * 2 ** this.#attempts);
    this.#attempts += 1;
    const waitMs = atLeastMs + delayMs;
    this.#options.onState({ kind: "waiting", retryAt: Date.now() + waitMs, message });
    this.#retryTimer = setTimeout(() => this.retryNow(), waitMs);
  }
}

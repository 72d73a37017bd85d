/** @typedef {{ number: number, at: number, direction: "in" | "out", type: string, chars: number, text: string }} LoggedFrame */

const framesMax = 500;
/** What is kept of a frame; few are longer, and a page shall not hold megabytes of them. */
const charsMax = 20_000;
const mask = "•••";

/** The newest frames of a connection, without tokens. */
export class FrameLog {
  /** @type {LoggedFrame[]} */
  frames = [];
  #count = 0;

  /** @param {"in" | "out"} direction @param {string} text @param {string} token what must not be seen */
  add(direction, text, token) {
    this.#count += 1;
    const frame = JSON.parse(text);
    const isRefresh = text.includes("refresh_token");
    const shown = isRefresh ? JSON.stringify(frame, (key, value) => (key === "token" ? mask : value)) : text;
    const safe = token === "" ? shown : shown.replaceAll(token, mask);
    const kept = { number: this.#count, at: Date.now(), direction, type: typeOf(frame), chars: text.length };
    this.frames.push({ ...kept, text: safe.slice(0, charsMax) });
    if (this.frames.length > framesMax) this.frames.shift();
  }

  clear() {
    this.frames = [];
  }
}

/** A batch says what is in it. */
function typeOf({ type, payload }) {
  if (type !== "batch" || !Array.isArray(payload?.events)) return String(type);
  return `batch of ${[...new Set(payload.events.map((event) => event.type))].join(", ")}`;
}

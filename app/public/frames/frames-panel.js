import { make } from "../dom/make.js";
import { oncePerFrame } from "../dom/once-per-frame.js";
import { RovingFocus } from "../dom/roving-focus.js";
import { FrameLog } from "./frame-log.js";

/** @typedef {import("./frame-log.js").LoggedFrame} LoggedFrame */

const heartbeats = new Set(["heartbeat", "ping", "pong"]);
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const nearEndPixels = 60;

/** The frames of the connection as they are, in and out. */
export class FramesPanel {
  #elements;
  #log = new FrameLog();
  #roving;
  #isShown = false;
  /** What is looked at while it is held. @type {readonly LoggedFrame[] | null} */
  #held = null;
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  #draw = oncePerFrame(() => this.#isShown && this.#drawNow());

  /** @param {Record<string, any>} elements */
  constructor(elements) {
    this.#elements = elements;
    const { frames, frameFilter, frameDirection, hideHeartbeats, pauseFrames, clearFrames } = elements;
    this.#roving = new RovingFocus({ list: frames, selector: "summary" });
    for (const control of [frameFilter, frameDirection, hideHeartbeats])
      control.addEventListener("input", () => this.#draw());
    pauseFrames.addEventListener("click", () => this.#pauseOrGoOn());
    clearFrames.addEventListener("click", () => this.#clear());
  }

  /** @param {import("../../client/index.ts").Client} client @param {() => string} getToken */
  follow(client, getToken) {
    client.on("frame", ({ direction, text }) => {
      this.#log.add(direction, text, getToken());
      this.#draw();
    });
  }

  /** @param {boolean} isShown */
  setShown(isShown) {
    this.#isShown = isShown;
    this.#draw();
  }

  #pauseOrGoOn() {
    this.#held = this.#held === null ? [...this.#log.frames] : null;
    this.#elements.pauseFrames.setAttribute("aria-pressed", String(this.#held !== null));
    this.#draw();
  }

  #clear() {
    this.#log.clear();
    if (this.#held !== null) this.#held = [];
    this.#draw();
  }

  #drawNow() {
    const { frames: list, frameCount } = this.#elements;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < nearEndPixels;
    const frames = this.#held ?? this.#log.frames;
    const shown = frames.filter((frame) => this.#isWanted(frame));
    this.#arrange(shown);
    const held = this.#held === null ? "" : ", paused";
    frameCount.textContent = `${shown.length} of ${frames.length} frames${held}`;
    this.#roving.refresh("last");
    if (isAtEnd && this.#held === null) list.scrollTop = list.scrollHeight;
  }

  /** @param {LoggedFrame} frame */
  #isWanted({ type, text, direction }) {
    const { frameFilter, frameDirection, hideHeartbeats } = this.#elements;
    if (hideHeartbeats.checked && heartbeats.has(type)) return false;
    if (frameDirection.value !== "both" && frameDirection.value !== direction) return false;
    return text.toLowerCase().includes(frameFilter.value.trim().toLowerCase());
  }

  /** Frames are in the order of their numbers: new rows go to the end or where a filter had hidden them. */
  #arrange(shown) {
    const { frames: list } = this.#elements;
    const numbers = new Set(shown.map(({ number }) => number));
    for (const [number, row] of this.#rows) if (!numbers.has(number)) this.#remove(number, row);
    for (const [index, frame] of shown.entries()) {
      const row = this.#rows.get(frame.number) ?? makeRow(frame);
      this.#rows.set(frame.number, row);
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    }
  }

  #remove(number, row) {
    row.remove();
    this.#rows.delete(number);
  }
}

/** @param {LoggedFrame} frame */
function makeRow({ at, direction, type, chars, text }) {
  const row = make("li", `frame ${direction}`);
  const details = make("details");
  const summary = make("summary");
  summary.tabIndex = -1;
  const arrow = make("span", "arrow", direction === "in" ? "↓" : "↑");
  arrow.setAttribute("role", "img");
  arrow.setAttribute("aria-label", direction);
  summary.append(
    arrow,
    make("b", "frame-type", type),
    make("span", "soft", `${chars} · ${clock.format(at)}`),
  );
  summary.append(make("span", "snippet", text.slice(0, 200)));
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (details.children.length === 1) details.append(make("pre", "", pretty(text)));
  });
  row.append(details);
  return row;
}

/** @param {string} text which may have been cut */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return `${text} …`;
  }
}

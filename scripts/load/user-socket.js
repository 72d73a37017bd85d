import { WebSocket } from "k6/websockets";
import { encodeCommand, framesIn } from "./chat-wire.js";

/** @import { Frame } from "./chat-wire.js" */

/**
 * @typedef {{ readonly url: string, readonly protocols: string[], readonly address: string }} Way
 * @typedef {object} Ears
 * @property {(frame: Frame, at: number) => void} heard `at`: when it arrived, however late the script is
 * @property {() => void} closed by whomever, also before it was ever open
 */

/**
 * k6's types know of no subprotocols.
 * @type {new (url: string, protocols: string[], params: object) => WebSocket}
 */
const Socket = /** @type {any} */ (WebSocket);

/** One WebSocket of a virtual user. */
export class UserSocket {
  /** @type {WebSocket} */
  #socket;
  #isOpen = false;
  #isLeft = false;

  /**
   * @param {Way} way
   * @param {Ears} ears
   */
  constructor({ url, protocols, address }, { heard, closed }) {
    // One name for all, or each user would be a time series of its own.
    const params = { headers: { "X-Forwarded-For": address }, tags: { name: "/ws/chat/:connectionId" } };
    const socket = new Socket(url, protocols, params);
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      if (this.#isLeft) socket.close(1000);
    };
    socket.onmessage = (event) => {
      if (event === undefined || this.#isLeft) return;
      for (const frame of framesIn(String(event.data))) heard(frame, event.timestamp);
    };
    socket.onclose = () => {
      this.#isOpen = false;
      if (!this.#isLeft) closed();
      this.#isLeft = true;
    };
  }

  /**
   * @param {string} type
   * @param {string} id
   * @param {object} payload
   */
  tell(type, id, payload) {
    if (this.#isOpen) this.#socket.send(encodeCommand(type, id, payload));
  }

  /** Nothing more is heard of it. k6 would wait for ever if a socket were closed that is not open yet. */
  leave() {
    if (this.#isLeft) return;
    this.#isLeft = true;
    if (this.#isOpen) this.#socket.close(1000);
  }
}

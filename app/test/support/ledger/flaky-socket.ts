import { type Frame, takeApart } from "../recording-sockets.ts";
import type { SeededRandom } from "../seeded-random.ts";

interface FlakySocketOptions {
  readonly url: string;
  readonly random: SeededRandom;
  /** The server has greeted a new socket; what the one before it had under way is of unknown outcome. */
  onOpen(greeting: Frame): void;
  onFrame(frame: Frame): void;
}

const backoffMs = 20;
const backoffMsMax = 300;

/**
 * A connection that comes back, with backoff, under the same id. It can be cut in every way a network or a program
 * knows; what a cut socket still brings is lost, as it would be.
 */
export class FlakySocket {
  /** How often a socket is cut instead of handing on what it received. */
  cutChance = 0;
  cuts = 0;
  readonly #options: FlakySocketOptions;
  #socket: WebSocket | null = null;
  #isGreeted = false;
  #failures = 0;
  #isOver = false;

  constructor(options: FlakySocketOptions) {
    this.#options = options;
  }

  open(): void {
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    this.#isGreeted = false;
    socket.onmessage = ({ data }) => {
      for (const frame of takeApart(JSON.parse(String(data)))) this.#received(socket, frame);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#reopen();
    };
  }

  /** Lost unless the server has greeted. */
  send(frame: unknown): void {
    if (this.#isGreeted) this.#socket?.send(JSON.stringify(frame));
  }

  /** Ends the socket: without a word, or with a closing handshake. */
  cut(isClean = false): void {
    const socket = this.#socket;
    if (socket === null || !this.#isGreeted) return;
    this.cuts += 1;
    this.#reopen();
    if (isClean) socket.close(1000);
    else (socket as WebSocket & { terminate(): void }).terminate();
  }

  /** For good. */
  end(): void {
    this.#isOver = true;
    this.#socket?.close(1000);
  }

  #received(socket: WebSocket, frame: Frame): void {
    if (socket !== this.#socket) return;
    if (frame.type === "connection_established") return this.#greeted(frame);
    if (this.#options.random.chance(this.cutChance)) return this.cut();
    this.#options.onFrame(frame);
  }

  #greeted(greeting: Frame): void {
    this.#failures = 0;
    this.#isGreeted = true;
    this.#options.onOpen(greeting);
  }

  #reopen(): void {
    this.#socket = null;
    this.#isGreeted = false;
    if (this.#isOver) return;
    this.#failures += 1;
    const ceiling = Math.min(backoffMsMax, backoffMs * 2 ** this.#failures);
    setTimeout(() => this.open(), this.#options.random.below(ceiling));
  }
}

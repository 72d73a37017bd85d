import type { ClientSocket } from "./client-socket.ts";
import type { LoadLoop } from "./load-loop.ts";

/** A socket is read this often: rarely enough to cost little, often enough to fill no buffer. */
const SWEEP_MS = 20;

/**
 * Sockets that only count bytes. They are not in the event loop: every tick reads a few of them, so that one
 * `recv` takes what came in 20 ms. Waking up for each packet would cost the generator more than the server.
 */
export class Receivers {
  lastReadMs = 0;
  readonly #loop: LoadLoop;
  readonly #fds: Int32Array;
  readonly #bytes: Float64Array;
  #next = 0;
  #owed = 0;

  constructor(loop: LoadLoop, sockets: ClientSocket[]) {
    this.#loop = loop;
    this.#fds = Int32Array.from(sockets, (socket) => socket.fd);
    this.#bytes = new Float64Array(1 + this.#fds.reduce((max, fd) => Math.max(max, fd), 0));
    for (const socket of sockets) socket.detach();
    loop.onTick(() => this.#sweepSome());
  }

  bytesOf(fd: number): number {
    return this.#bytes[fd] as number;
  }

  restartCount(): void {
    this.#bytes.fill(0);
  }

  #sweepSome(): void {
    this.#owed += this.#fds.length / SWEEP_MS;
    for (; this.#owed >= 1; this.#owed--) {
      this.#read(this.#fds[this.#next] as number);
      this.#next = (this.#next + 1) % this.#fds.length;
    }
  }

  #read(fd: number): void {
    const read = this.#loop.receive(fd);
    if (read < 0) return;
    if (read === 0) throw new Error("the server closed a receiver");
    this.#bytes[fd] = this.bytesOf(fd) + read;
    this.lastReadMs = performance.now();
  }
}

import { CLOSE, type FrameVisitor, PING, pongFrame, visitFrames } from "./frames.ts";
import type { LoadLoop } from "./load-loop.ts";

const HEADERS_END = "\r\n\r\n";

/** A WebSocket client over a plain socket: hands on every text frame, answers pings, refuses to be closed. */
export class ClientSocket {
  readonly fd: number;
  bytesRead = 0;
  /** When the last read was made, by `performance.now()`: one look at the clock for all its frames. */
  readAtMs = 0;
  onFrame: FrameVisitor;
  /** Called after a read was worked off, so that answers to several frames can go out in one write. */
  afterRead: () => void = () => {};
  readonly #loop: LoadLoop;
  #carry = new Uint8Array(0);
  #isUpgraded = false;

  constructor(loop: LoadLoop, fd: number, onFrame: FrameVisitor) {
    this.#loop = loop;
    this.fd = fd;
    this.onFrame = onFrame;
    loop.add(this);
  }

  send(frames: Uint8Array, length = frames.length): void {
    this.#loop.libc.send(this.fd, frames, length);
  }

  /** Leaves the event loop: from now on its owner reads it when it suits. */
  detach(): void {
    this.#loop.detach(this.fd);
  }

  onReadable(): void {
    const carried = this.#carry.length;
    if (carried > 0) this.#loop.buffer.set(this.#carry);
    const read = this.#loop.receive(this.fd, carried);
    if (read === 0) throw new Error("the server closed a connection of the load");
    if (read < 0) return;
    this.bytesRead += read;
    this.readAtMs = performance.now();
    const end = carried + read;
    this.#keep(this.#isUpgraded ? this.#readFrames(0, end) : this.#readUpgrade(end), end);
    this.afterRead();
  }

  #readUpgrade(end: number): number {
    const head = Buffer.from(this.#loop.buffer.buffer, 0, end);
    const headersEnd = head.indexOf(HEADERS_END);
    if (headersEnd < 0) return 0;
    if (!head.toString("latin1", 0, 12).startsWith("HTTP/1.1 101")) throw new Error(`refused: ${head}`);
    this.#isUpgraded = true;
    return this.#readFrames(headersEnd + HEADERS_END.length, end);
  }

  #readFrames(from: number, end: number): number {
    return visitFrames(this.#loop.buffer, from, end, this.#visit);
  }

  readonly #visit: FrameVisitor = (opcode, bytes, start, end) => {
    if (opcode === CLOSE) throw new Error(`the server closed with ${closeCode(bytes, start, end)}`);
    if (opcode === PING) this.send(pongFrame(bytes.slice(start, end)));
    else this.onFrame(opcode, bytes, start, end);
  };

  #keep(from: number, end: number): void {
    if (from === end && this.#carry.length === 0) return;
    this.#carry = this.#loop.buffer.slice(from, end);
  }
}

function closeCode(bytes: Uint8Array, start: number, end: number): number {
  return end - start < 2 ? 1005 : (bytes[start] as number) * 256 + (bytes[start + 1] as number);
}

import { connect, type Socket } from "node:net";
import { upgradeHeaders } from "./raw-request.ts";

/** A frame as it stood on the wire. */
export interface RawFrame {
  readonly opcode: number;
  /** RSV1: compressed. */
  readonly isCompressed: boolean;
  readonly payload: Buffer;
}

interface RawOptions {
  readonly headers?: Record<string, string>;
  /** Called for each frame, pings included, instead of keeping it. */
  readonly onFrame?: (frame: RawFrame) => void;
  /** Default: true. */
  readonly answersPings?: boolean;
}

export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;

const deadlineMs = 10_000;
const headersEnd = "\r\n\r\n";

/** A WebSocket client over plain TCP: what it reads, when, and what it sends back is the test's decision. */
export class RawWebSocket {
  readonly frames: RawFrame[] = [];
  /** Of the server's answer to the handshake. */
  responseHead = "";
  isClosed = false;
  readonly #socket: Socket;
  readonly #options: RawOptions;
  #received: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, options: RawOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("data", (chunk) => this.#read(chunk as Buffer));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  /** Resolves once the handshake is answered with 101. */
  static async connect(url: string, options: RawOptions = {}): Promise<RawWebSocket> {
    const { hostname, port, host, pathname } = new URL(url);
    const socket = connect(Number(port), hostname);
    const client = new RawWebSocket(socket, options);
    const headers = Object.entries({ host, ...upgradeHeaders, ...options.headers });
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`);
    await client.until("the handshake's answer", () => client.responseHead !== "");
    if (!client.responseHead.startsWith("HTTP/1.1 101")) throw new Error(client.responseHead);
    return client;
  }

  send(frame: unknown): void {
    this.#socket.write(maskedFrame(opcodes.text, Buffer.from(JSON.stringify(frame))));
  }

  /** From now on the kernel's buffers fill, then the server's. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async until(what: string, isMet: () => boolean, withinMs = deadlineMs): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!isMet()) {
      if (performance.now() > deadline) throw new Error(`${what} did not come in time`);
      await Bun.sleep(2);
    }
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    if (this.responseHead === "" && !this.#readHead()) return;
    for (let frame = this.#takeFrame(); frame !== null; frame = this.#takeFrame()) this.#hand(frame);
  }

  #readHead(): boolean {
    const end = this.#received.indexOf(headersEnd);
    if (end < 0) return false;
    this.responseHead = this.#received.toString("latin1", 0, end);
    this.#received = this.#received.subarray(end + headersEnd.length);
    return true;
  }

  #takeFrame(): RawFrame | null {
    const bounds = payloadBounds(this.#received);
    if (bounds === null || this.#received.length < bounds.end) return null;
    const first = this.#received[0] ?? 0;
    const payload = this.#received.subarray(bounds.start, bounds.end);
    this.#received = this.#received.subarray(bounds.end);
    return { opcode: first & 0x0f, isCompressed: (first & 0x40) !== 0, payload };
  }

  #hand(frame: RawFrame): void {
    const { onFrame, answersPings = true } = this.#options;
    if (frame.opcode === opcodes.ping && answersPings)
      this.#socket.write(maskedFrame(opcodes.pong, frame.payload));
    if (onFrame === undefined) this.frames.push(frame);
    else onFrame(frame);
  }
}

/** Where the payload of the first frame is; servers do not mask, and ours does not fragment. */
function payloadBounds(bytes: Buffer): { start: number; end: number } | null {
  if (bytes.length < 2) return null;
  const short = bytes.readUInt8(1) & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return null;
  const size = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return { start, end: start + size };
}

/** The mask is four zeros, which is legal. */
function maskedFrame(opcode: number, payload: Buffer): Buffer {
  const size = payload.length;
  const length = Buffer.alloc(size < 126 ? 1 : size < 65_536 ? 3 : 9);
  if (size < 126) length.writeUInt8(0x80 | size);
  else if (size < 65_536) length.writeUIntBE(((0x80 | 126) << 16) | size, 0, 3);
  else {
    length.writeUInt8(0x80 | 127);
    length.writeBigUInt64BE(BigInt(size), 1);
  }
  return Buffer.concat([Buffer.from([0x80 | opcode]), length, Buffer.alloc(4), payload]);
}

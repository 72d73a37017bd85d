import { connect, type Socket } from "node:net";
import { commandFrame, encodeFrame, opcodes } from "./encode-frame.ts";
import { eventually } from "./eventually.ts";
import { FrameReader, type ServerFrame } from "./frame-reader.ts";
import { upgradeHeaders } from "./raw-request.ts";
import { type Frame, takeApart } from "./recording-sockets.ts";

export interface PeerOptions {
  /** Default: a new one. */
  readonly connectionId?: string;
  readonly headers?: Record<string, string>;
  /** Goes out in the same segment, directly behind the handshake. */
  readonly behind?: Uint8Array;
  /** Called for each text that the server sends. */
  readonly onText?: (text: string) => void;
  /** Called for each frame as it stood on the wire, before anything is made of it. */
  readonly onFrame?: (frame: ServerFrame) => void;
  /** Default: true. */
  readonly answersPings?: boolean;
}

const headEnd = "\r\n\r\n";

/** A WebSocket client over plain TCP that can send any bytes, and tells what it got as any client would see it. */
export class RawPeer {
  /** What it was told after the greeting; batches taken apart. */
  readonly frames: Frame[] = [];
  pongCount = 0;
  /** As a client's close event says it; null while the connection is open. */
  closeCode: number | null = null;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #onText: (text: string) => void;
  readonly #onFrame: (frame: ServerFrame) => void;
  readonly #answersPings: boolean;
  #head = "";
  #isOpen = false;
  #hasGreeting = false;
  /** From the server's close frame; 1006 is none. */
  #toldCode = 1006;

  private constructor(socket: Socket, options: PeerOptions) {
    const { onText = () => {}, onFrame = () => {}, answersPings = true } = options;
    this.#socket = socket;
    this.#onText = onText;
    this.#onFrame = onFrame;
    this.#answersPings = answersPings;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#read(Buffer.from(bytes)));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closeCode = this.#toldCode;
    });
  }

  /** Resolves when the server has greeted, or has closed instead. */
  static async open(url: string, options: PeerOptions = {}): Promise<RawPeer> {
    const { connectionId = crypto.randomUUID(), headers = {}, behind = "" } = options;
    const { hostname, port, host } = new URL(url);
    const peer = new RawPeer(connect(Number(port), hostname), options);
    const lines = Object.entries({ host, ...upgradeHeaders, ...headers });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const request = `GET /ws/chat/${connectionId} HTTP/1.1\r\n${head}\r\n`;
    peer.write(Buffer.concat([Buffer.from(request), Buffer.from(behind)]));
    await peer.until("a greeting", () => peer.#hasGreeting || peer.closeCode !== null);
    return peer;
  }

  /** The server's answer to the handshake. */
  get handshake(): string {
    return this.#head;
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Writes and waits until the kernel has taken it, or until nobody will. */
  async written(bytes: Uint8Array): Promise<void> {
    this.#socket.write(bytes);
    await this.until("place to write", () => this.#socket.writableLength === 0 || this.closeCode !== null);
  }

  send(command: unknown): void {
    this.write(commandFrame(command));
  }

  /** The answers to commands with this id. */
  answers(id: string): Frame[] {
    return this.frames.filter((frame) => frame.id === id);
  }

  async answer(id: string): Promise<Frame> {
    await this.until(`an answer to ${id}`, () => this.answers(id).length > 0);
    return this.answers(id)[0] as Frame;
  }

  async closed(): Promise<number> {
    await this.until("a close", () => this.closeCode !== null);
    return this.closeCode as number;
  }

  /** Reads nothing more: the kernel's buffers fill, then the server's. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Gone without a word. */
  vanish(): void {
    this.#socket.destroy();
  }

  until(what: string, isMet: () => boolean | Promise<boolean>, withinMs?: number): Promise<void> {
    return eventually(what, isMet, { withinMs, describe: () => this.#story() });
  }

  #story(): string {
    const last = this.frames.slice(-3).map((frame) => JSON.stringify(frame).slice(0, 200));
    return `(closed with ${this.closeCode} after ${this.frames.length} frames, last ${last.join(" ")})`;
  }

  #read(bytes: Buffer): void {
    if (this.#isOpen) return this.#take(bytes);
    this.#head += bytes.toString("latin1");
    const end = this.#head.indexOf(headEnd);
    if (end < 0) return;
    const rest = Buffer.from(this.#head.slice(end + headEnd.length), "latin1");
    this.#head = this.#head.slice(0, end);
    this.#onText(this.#head);
    this.#isOpen = true;
    this.#take(rest);
  }

  #take(bytes: Buffer): void {
    for (const frame of this.#reader.read(bytes)) this.#handle(frame);
  }

  #handle(frame: ServerFrame): void {
    const { opcode, payload } = frame;
    this.#onFrame(frame);
    if (opcode === opcodes.text) this.#note(payload.toString());
    else if (opcode === opcodes.pong) this.pongCount += 1;
    else if (opcode === opcodes.ping) this.#answerPing(payload);
    else this.#leave(payload);
  }

  #answerPing(payload: Buffer): void {
    if (this.#answersPings) this.write(encodeFrame({ opcode: opcodes.pong, payload }));
  }

  #note(text: string): void {
    this.#onText(text);
    if (this.#hasGreeting) this.frames.push(...takeApart(JSON.parse(text)));
    this.#hasGreeting = true;
  }

  #leave(payload: Buffer): void {
    this.#toldCode = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
    this.#onText(payload.toString("utf8", 2));
    this.#socket.end();
  }
}

import { opcodes } from "../encode-frame.ts";
import { inflateMessage } from "../inflate-message.ts";
import { type Frame, takeApart } from "../recording-sockets.ts";
import { type WireFrame, WireFrames } from "../wire-frames.ts";

export type Side = "client" | "server";

/** What a fault can come before, amid or after: the head of a request or an answer, a frame, or a piece of plain HTTP. */
export interface Step {
  /** The number of its connection, from 1. */
  readonly connection: number;
  readonly from: Side;
  readonly kind: "head" | "frame" | "piece";
  readonly bytes: Buffer;
  /** How many bytes this side has sent before. */
  readonly offset: number;
  /** The commands or events of the message that ends here, a batch of events taken apart. */
  readonly frames: readonly Frame[];
  /** Of a head: it asks for a WebSocket, or grants it. */
  readonly isUpgrade: boolean;
}

const headEnd = "\r\n\r\n";
const pendingBytesMax = 4 * 1024 * 1024;
const upgradeHeads = { client: /^upgrade: *websocket\r$/im, server: /^HTTP\/1\.1 101 / };

/** Takes one side's bytes as they come and gives the steps that they make. */
export class StepReader {
  readonly #connection: number;
  readonly #from: Side;
  readonly #frames = new WireFrames();
  #fragments: WireFrame[] = [];
  #kind: Step["kind"] = "head";
  #head = Buffer.alloc(0);
  #offset = 0;

  constructor(connection: number, from: Side) {
    this.#connection = connection;
    this.#from = from;
  }

  *read(bytes: Buffer): Generator<Step> {
    if (this.#head.length + this.#frames.pendingBytes + bytes.length > pendingBytesMax)
      throw new Error("The proxy was sent too much without an end.");
    const rest = this.#kind === "head" ? yield* this.#readHead(bytes) : bytes;
    if (rest.length === 0) return;
    if (this.#kind === "piece") return yield this.#step({ bytes: rest });
    for (const frame of this.#frames.read(rest))
      yield this.#step({ bytes: frame.bytes, frames: this.#framesOf(frame) });
  }

  /** Returns what is behind the head. */
  *#readHead(bytes: Buffer): Generator<Step, Buffer> {
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf(headEnd);
    if (end < 0) return Buffer.alloc(0);
    const head = this.#head.subarray(0, end + headEnd.length);
    const rest = this.#head.subarray(head.length);
    this.#head = Buffer.alloc(0);
    const isUpgrade = upgradeHeads[this.#from].test(head.toString("latin1"));
    yield this.#step({ bytes: isUpgrade ? head : closing(head), isUpgrade });
    this.#kind = isUpgrade ? "frame" : "piece";
    return rest;
  }

  #step(parts: Partial<Step> & Pick<Step, "bytes">): Step {
    const { bytes } = parts;
    const place = { connection: this.#connection, from: this.#from, kind: this.#kind, offset: this.#offset };
    this.#offset += bytes.length;
    return { frames: [], isUpgrade: false, ...place, ...parts };
  }

  #framesOf(frame: WireFrame): Frame[] {
    if (frame.opcode > opcodes.binary) return [];
    this.#fragments.push(frame);
    if (!frame.isFinal) return [];
    const message = Buffer.concat(this.#fragments.map(({ payload }) => payload));
    const isCompressed = this.#fragments[0]?.isCompressed === true;
    this.#fragments = [];
    const text = (isCompressed ? inflateMessage(message) : message).toString();
    return this.#from === "server" ? parse(text).flatMap(takeApart) : parse(text);
  }
}

/** A connection that is kept for further requests could carry them to a server that is not the target any more. */
function closing(head: Buffer): Buffer {
  const [first = "", ...lines] = head.toString("latin1").split("\r\n");
  const others = lines.filter((line) => !/^connection:/i.test(line));
  return Buffer.from([first, "connection: close", ...others].join("\r\n"), "latin1");
}

/** Whatever else may be sent is none of the proxy's business. */
function parse(text: string): Frame[] {
  try {
    return [JSON.parse(text) as Frame];
  } catch {
    return [];
  }
}

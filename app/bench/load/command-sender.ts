import type { ClientSocket } from "./client-socket.ts";
import { type FrameVisitor, payloadText, TEXT, textFrame } from "./frames.ts";

/** The most commands a connection may have waiting (protocol limit). */
export const IN_FLIGHT_MAX = 32;
/** Send times are kept for so many commands, since a member may get a message long after its ack. */
const REMEMBERED = 4096;
const ID_PREFIX = "00000000-0000-4000-8000-";
const ID_DIGITS = 12;
const TYPE_OFFSET = '{"type":"'.length;
const ERROR_TYPE = "error";
const QUOTE = 0x22;
const ZERO = 0x30;

type CommandSenderOptions = {
  /** Command texts, sent in turn; each contains `commandId` where the id goes. */
  commands: string[];
  answerType: "message_response" | "pong";
  /** Given, every answer is read and must carry the id of its command. */
  isChecked?: boolean;
};

export const commandId = ID_PREFIX + "0".repeat(ID_DIGITS);

/**
 * Sends prepared commands on one socket, each under an id of its own, and takes the answers in the order of
 * the commands, as the protocol promises. With a window it answers every answer with the next command.
 */
export class CommandSender {
  answered = 0;
  sent = 0;
  readonly #socket: ClientSocket;
  readonly #frames: Uint8Array[];
  readonly #idOffsets: number[];
  readonly #options: CommandSenderOptions;
  readonly #sentAtMs = new Float64Array(REMEMBERED);
  #latenciesMs: number[] = [];
  readonly #burst = new Uint8Array(256 * 1024);
  #window = 0;

  constructor(socket: ClientSocket, options: CommandSenderOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#frames = options.commands.map(textFrame);
    this.#idOffsets = this.#frames.map(
      (frame) => Buffer.from(frame.buffer).indexOf(commandId) + ID_PREFIX.length,
    );
    socket.onFrame = this.#onFrame;
    socket.afterRead = () => this.#refill();
  }

  /** When command `number` was sent, by `performance.now()`. */
  sentAtMs(number: number): number {
    return this.#sentAtMs[number % REMEMBERED] as number;
  }

  get inFlight(): number {
    return this.sent - this.answered;
  }

  /** From write to answer, of all commands answered since the last call. */
  takeLatencies(): number[] {
    const taken = this.#latenciesMs;
    this.#latenciesMs = [];
    return taken;
  }

  /** From now on keeps `window` commands in flight; 0 stops after those that are. */
  keepInFlight(window: number): void {
    this.#window = window;
    this.#refill();
  }

  /** Sends `count` commands in one write. */
  send(count: number): void {
    const now = performance.now();
    let length = 0;
    for (let index = 0; index < count; index++) length += this.#append(length, now);
    this.#socket.send(this.#burst, length);
  }

  #refill(): void {
    const free = this.#window - this.inFlight;
    if (free > 0) this.send(free);
  }

  #append(offset: number, now: number): number {
    const turn = this.sent % this.#frames.length;
    const frame = this.#frames[turn] as Uint8Array;
    writeDigits(frame, this.#idOffsets[turn] as number, this.sent);
    this.#burst.set(frame, offset);
    this.#sentAtMs[this.sent % REMEMBERED] = now;
    this.sent++;
    return frame.length;
  }

  readonly #onFrame: FrameVisitor = (opcode, bytes, start, end) => {
    if (opcode !== TEXT) return;
    if (hasType(bytes, start, ERROR_TYPE)) throw new Error(`refused: ${payloadText(bytes, start, end)}`);
    if (hasType(bytes, start, this.#options.answerType)) this.#onAnswer(bytes, start, end);
  };

  #onAnswer(bytes: Uint8Array, start: number, end: number): void {
    this.#latenciesMs.push(this.#socket.readAtMs - this.sentAtMs(this.answered));
    if (this.#options.isChecked === true) checkId(payloadText(bytes, start, end), this.answered);
    this.answered++;
  }
}

/** The last part of a `commandId` is the command's number. */
export function commandNumber(id: string): number {
  return Number(id.slice(-ID_DIGITS));
}

function checkId(answer: string, expected: number): void {
  const { id, payload } = JSON.parse(answer);
  if (commandNumber(id) !== expected) throw new Error(`answer ${id} came where ${expected} was due`);
  if (payload.duplicate === true) throw new Error(`the server took ${id} for a repetition`);
}

function writeDigits(frame: Uint8Array, offset: number, value: number): void {
  let rest = value;
  for (let index = offset + ID_DIGITS - 1; index >= offset; index--) {
    frame[index] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** Compares the first letter and the length of the type, which tells our event types apart. */
function hasType(bytes: Uint8Array, start: number, type: string): boolean {
  const at = start + TYPE_OFFSET;
  return bytes[at] === type.charCodeAt(0) && bytes[at + type.length] === QUOTE;
}

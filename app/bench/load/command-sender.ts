import type { ClientSocket } from "./client-socket.ts";
import { type FrameVisitor, payloadText, TEXT, textFrame } from "./frames.ts";
import { commandNumber, holdlineWire } from "./holdline-wire.ts";
import type { AnswerType, Wire, WireEvent } from "./wire.ts";

/** The most commands a connection may have waiting (protocol limit). */
export const IN_FLIGHT_MAX = 32;
/** Send times are kept for so many commands, since a member may get a message long after its ack. */
const REMEMBERED = 4096;
const ZERO = 0x30;

type CommandSenderOptions = {
  /** Command texts, sent in turn; each contains the wire's `commandId` where the id goes. */
  commands: string[];
  answerType: AnswerType;
  wire?: Wire;
  /** Given, every answer is read and must carry the id of its command. */
  isChecked?: boolean;
};

/**
 * Sends prepared commands on one socket, each under an id of its own, and takes the answers in the order of
 * the commands, as the protocol promises. With a window it answers every answer with the next command.
 */
export class CommandSender {
  answered = 0;
  sent = 0;
  readonly #socket: ClientSocket;
  readonly #wire: Wire;
  readonly #frames: Uint8Array[];
  readonly #numberOffsets: number[];
  readonly #options: CommandSenderOptions;
  readonly #sentAtMs = new Float64Array(REMEMBERED);
  #latenciesMs: number[] = [];
  readonly #burst = new Uint8Array(256 * 1024);
  #window = 0;

  constructor(socket: ClientSocket, options: CommandSenderOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#wire = options.wire ?? holdlineWire;
    this.#frames = options.commands.map(textFrame);
    this.#numberOffsets = this.#frames.map((frame) => numberOffset(frame, this.#wire));
    socket.onFrame = this.#onFrame;
    socket.afterRead = () => this.#refill();
  }

  /** When command `number` was sent, or was due where others held it up, by `performance.now()`. */
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

  /** Sends `count` commands in one write. Those that were due earlier have been waiting since. */
  send(count: number, dueMs = performance.now()): void {
    let length = 0;
    for (let index = 0; index < count; index++) length += this.#append(length, dueMs);
    this.#socket.send(this.#burst, length);
  }

  #refill(): void {
    const free = this.#window - this.inFlight;
    if (free > 0) this.send(free);
  }

  #append(offset: number, dueMs: number): number {
    const turn = this.sent % this.#frames.length;
    const frame = this.#frames[turn] as Uint8Array;
    writeNumber(frame, this.#numberOffsets[turn] as number, this.#wire.numberDigits, this.sent);
    this.#burst.set(frame, offset);
    this.#sentAtMs[this.sent % REMEMBERED] = dueMs;
    this.sent++;
    return frame.length;
  }

  readonly #onFrame: FrameVisitor = (opcode, bytes, start, end) => {
    if (opcode !== TEXT) return;
    const { answerType } = this.#options;
    if (this.#wire.isAnswer(bytes, start, answerType)) this.#onAnswer(bytes, start, end);
    else if (this.#wire.isRefusal(bytes, start))
      throw new Error(`refused: ${payloadText(bytes, start, end)}`);
  };

  #onAnswer(bytes: Uint8Array, start: number, end: number): void {
    this.#latenciesMs.push(this.#socket.readAtMs - this.sentAtMs(this.answered));
    if (this.#options.isChecked === true)
      checkId(this.#wire.eventOf(payloadText(bytes, start, end)), this.answered);
    this.answered++;
  }
}

function checkId({ id = "", payload }: WireEvent, expected: number): void {
  if (commandNumber(id) !== expected) throw new Error(`answer ${id} came where ${expected} was due`);
  if ((payload as { duplicate?: boolean }).duplicate === true)
    throw new Error(`the server took ${id} for a repetition`);
}

function numberOffset(frame: Uint8Array, { commandId, numberDigits }: Wire): number {
  return Buffer.from(frame.buffer).indexOf(commandId) + commandId.length - numberDigits;
}

function writeNumber(frame: Uint8Array, offset: number, digits: number, value: number): void {
  let rest = value;
  for (let index = offset + digits - 1; index >= offset; index--) {
    frame[index] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

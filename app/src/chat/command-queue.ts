import { type Decoded, decodeCommand, encodeEvent } from "../protocol/codec.ts";
import { type Refusal, refuse } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import { type Answer, faultCode, noRooms } from "./answer.ts";
import type { Connection } from "./connection.ts";
import { encodeAnswer } from "./event-frames.ts";
import { runCommand } from "./handlers.ts";
import type { Hub } from "./hub.ts";
import type { PendingWrite } from "./pending-write.ts";
import { isMessage } from "./rate-limits.ts";
import { TokenRate } from "./token-rate.ts";
import { isWrite, refuseWrite, submitWrite } from "./write-commands.ts";
import { WritesInFlight } from "./writes-in-flight.ts";

const binaryFrame = refuse("bad_message", "Binary frames are not part of this protocol: send JSON text.");

interface Waiting {
  readonly decoded: Decoded;
  readonly bytes: number;
  /** Monotonic milliseconds. */
  readonly receivedAt: number;
}

/** So many unreadable frames in a row mean that the peer does not speak this protocol. */
const unreadableFramesMax = 10;

const none: readonly Waiting[] = [];

const commandRate = new TokenRate(limits.commandsPerSecond, limits.commandsPerSecond);

/**
 * Refusals for coming too fast. Who waits as long as they say, or tries ten times a second, may go on for ever; past
 * that the peer does not listen, and the connection is closed.
 */
const refusalRate = new TokenRate(100, 10);

/**
 * The commands of one connection, which take effect and are answered in the order in which they came. Neighbouring
 * writes to one room are under way together, so that they can share a group commit; everything else waits its turn.
 */
export class CommandQueue {
  readonly #connection: Connection;
  /** Empty most of the time, and of most connections always: so there is one empty list for all. */
  #waiting = none;
  /** Made for the first write: most connections only listen. */
  #writes: WritesInFlight | null = null;
  #bytes = 0;
  /** A command that is neither a write nor answered at once is under way. */
  #isBusy = false;
  #unreadableFrames = 0;
  /** The buckets of `commandRate` and `refusalRate`. */
  #commandsFullAt = 0;
  #refusalsFullAt = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Not kept: with one field more each connection would cost 32 bytes more. */
  get #hub(): Hub {
    return this.#connection.hub;
  }

  get writes(): WritesInFlight {
    this.#writes ??= new WritesInFlight(this);
    return this.#writes;
  }

  /** The connection does not follow the room any more: its writes there have no place in the room's order. */
  releaseWrites(room: string): void {
    this.#writes?.release(room);
  }

  /** The room goes on in this epoch, without what was stored in another one. */
  loseWrites(room: string, epoch: string): void {
    this.#writes?.lose(room, epoch);
  }

  get #writeCount(): number {
    return this.#writes?.count ?? 0;
  }

  receive(text: string): void {
    this.#receive(decodeCommand(text), text.length);
  }

  receiveBinary(bytes: number): void {
    this.#receive({ ...binaryFrame, id: null, type: "" }, bytes);
  }

  #receive(decoded: Decoded, bytes: number): void {
    const { clock, metrics } = this.#hub.context;
    metrics.messageReceived(decoded.type);
    if (this.#isFull(bytes)) return this.#refuseFull(decoded);
    const receivedAt = clock.monotonic();
    const refusal = this.#refuseRate(decoded, receivedAt);
    const { id, type } = decoded;
    this.#bytes += bytes;
    this.#take({ decoded: refusal === null ? decoded : { ...refusal, id, type }, bytes, receivedAt });
    if (refusal !== null) this.#noteRefused(receivedAt);
  }

  #refuseFull({ id }: Decoded): void {
    this.#connection.sendError("too_many_in_flight", id);
    this.#noteRefused(this.#hub.context.clock.monotonic());
  }

  /** Counts a command of a batch, which is refused where it runs. */
  refuseInner(command: Decoded): Refusal | null {
    return this.#refuseRate(command, this.#hub.context.clock.monotonic());
  }

  #refuseRate(decoded: Decoded, now: number): Refusal | null {
    const { rateLimits } = this.#hub;
    if (decoded.ok && isMessage(decoded.command)) return rateLimits.refuseMessage(this.#connection.identity);
    const waitMs = commandRate.waitMs(this.#commandsFullAt, now);
    if (waitMs === 0) this.#commandsFullAt = commandRate.without(this.#commandsFullAt, now);
    return rateLimits.refuseFor("commands", waitMs);
  }

  /** A batch counts as one refusal, however many of its commands were refused: to send it again is one more try. */
  noteLimitedBatch(): void {
    this.#noteRefused(this.#hub.context.clock.monotonic());
  }

  #noteRefused(now: number): void {
    if (!this.#connection.isOpen) return;
    const isDeaf = refusalRate.waitMs(this.#refusalsFullAt, now) > 0;
    this.#refusalsFullAt = refusalRate.charged(this.#refusalsFullAt, now, 1);
    if (!isDeaf) return;
    this.#hub.context.metrics.rateLimited("flooding");
    this.#connection.close("flooding");
  }

  #isFull(bytes: number): boolean {
    const count = this.#waiting.length + this.#writeCount + (this.#isBusy ? 1 : 0);
    if (count === 0) return false;
    return count >= limits.waitingCommands || this.#bytes + bytes > this.#hub.context.limits.payloadBytesMax;
  }

  #take(waiting: Waiting): void {
    if (this.#waiting.length === 0 && this.#mayStart(waiting)) this.#start(waiting);
    else this.#waiting = [...this.#waiting, waiting];
  }

  /** Starts what may start now. */
  pump(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#mayStart(next); next = this.#waiting[0]) {
      this.#waiting = this.#waiting.length === 1 ? none : this.#waiting.slice(1);
      this.#start(next);
    }
  }

  #mayStart({ decoded }: Waiting): boolean {
    if (this.#isBusy || !this.#hub.reads.mayBegin(this) || !this.#connection.canAnswer) return false;
    return this.#writeCount === 0 || this.#mayJoinWrites(decoded);
  }

  #mayJoinWrites(decoded: Decoded): boolean {
    if (!decoded.ok || !isWrite(decoded.command)) return false;
    return (
      decoded.command.payload.room === this.writes.room &&
      refuseWrite(this.#connection, decoded.command) === null
    );
  }

  #start(waiting: Waiting): void {
    const { decoded } = waiting;
    if (!decoded.ok) {
      this.#refuse(decoded);
      return this.#release(waiting);
    }
    this.#unreadableFrames = 0;
    try {
      this.#run(waiting, decoded);
    } catch (error) {
      this.#fail(waiting, error);
    }
  }

  #refuse({ type, id, code, message, retryAfterMs }: Extract<Decoded, { ok: false }>): void {
    this.#connection.sendError(code, id, message, retryAfterMs);
    if (type !== "") return;
    this.#unreadableFrames += 1;
    if (this.#unreadableFrames >= unreadableFramesMax) this.#connection.close("protocol_violation");
  }

  #run(waiting: Waiting, { command }: Extract<Decoded, { ok: true }>): void {
    if (isWrite(command)) {
      const refusal = refuseWrite(this.#connection, command);
      if (refusal !== null) return this.#finish(waiting, refusal);
      submitWrite(this.#hub, this.#connection, command, waiting);
      return;
    }
    const answer = runCommand(this.#hub, this.#connection, command, limits.answerBytes);
    if (!(answer instanceof Promise)) return this.#finish(waiting, answer);
    this.#isBusy = true;
    this.#hub.reads.begin(this, command);
    answer.then(
      (settled) => this.#resume(() => this.#finish(waiting, settled)),
      (error: unknown) => this.#resume(() => this.#fail(waiting, error)),
    );
  }

  #resume(finish: () => void): void {
    this.#isBusy = false;
    finish();
    this.pump();
  }

  /** In one synchronous step: the answer, and what has to follow it before anything else. */
  #finish(waiting: Waiting, answer: Answer): void {
    const { id, type } = waiting.decoded;
    this.#send(id, answer, type === "ping" ? "pong" : "message_response");
    if (answer.ok) answer.entry?.enter(noRooms);
    this.#release(waiting);
  }

  #send(id: string | null, answer: Answer, type: "pong" | "message_response"): void {
    if (!answer.ok) this.#connection.sendError(answer.code, id, answer.message, answer.retryAfterMs);
    else if ("json" in answer) this.#connection.sendAnswer(encodeAnswer(id, answer.json, type));
    else this.#connection.sendAnswer(encodeEvent(type, answer.payload, id));
  }

  #fail(waiting: Waiting, error: unknown): void {
    const { id, type } = waiting.decoded;
    this.#hub.context.log.error("task.failed", { stage: "command", type, error });
    this.#connection.sendError(faultCode(error), id);
    this.#release(waiting);
  }

  #release({ bytes, receivedAt }: { readonly bytes: number; readonly receivedAt: number }): void {
    this.#bytes -= bytes;
    const { clock, metrics } = this.#hub.context;
    metrics.commandAnswered((clock.monotonic() - receivedAt) / 1000);
  }

  /** A write is due its answer: its ack, or an error. */
  answerWrite(write: PendingWrite, answer: Answer): void {
    this.#send(write.id, answer, "message_response");
    this.#release(write);
    if (this.#writeCount === 0 || this.#waiting.length > 0) queueMicrotask(() => this.pump());
  }
}

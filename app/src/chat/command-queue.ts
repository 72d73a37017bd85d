import { type Decoded, decodeCommand, encodeEvent } from "../protocol/codec.ts";
import { limits } from "../protocol/limits.ts";
import { type Answer, faultCode, noRooms } from "./answer.ts";
import type { Connection } from "./connection.ts";
import { encodeAnswer } from "./event-frames.ts";
import { runCommand } from "./handlers.ts";
import type { Hub } from "./hub.ts";
import type { PendingWrite } from "./pending-write.ts";
import { ReadPace } from "./read-pace.ts";
import { isWrite, refuseWrite, submitWrite } from "./write-commands.ts";
import { WritesInFlight } from "./writes-in-flight.ts";

interface Waiting {
  readonly decoded: Decoded;
  readonly bytes: number;
  /** Monotonic milliseconds. */
  readonly receivedAt: number;
}

/**
 * The commands of one connection, which take effect and are answered in the order in which they came. Neighbouring
 * writes to one room are under way together, so that they can share a group commit; everything else waits its turn.
 */
export class CommandQueue {
  readonly writes: WritesInFlight;
  readonly reads = new ReadPace(this);
  readonly #hub: Hub;
  readonly #connection: Connection;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  /** A command that is neither a write nor answered at once is under way. */
  #isBusy = false;

  constructor(hub: Hub, connection: Connection) {
    this.#hub = hub;
    this.#connection = connection;
    this.writes = new WritesInFlight(this);
  }

  receive(text: string): void {
    const decoded = decodeCommand(text);
    this.#hub.context.metrics.messageReceived(decoded.type);
    if (this.#isFull(text.length)) return this.#connection.sendError("too_many_in_flight", decoded.id);
    this.#bytes += text.length;
    this.#waiting.push({ decoded, bytes: text.length, receivedAt: this.#hub.context.clock.monotonic() });
    this.pump();
  }

  #isFull(bytes: number): boolean {
    const count = this.#waiting.length + this.writes.count + (this.#isBusy ? 1 : 0);
    if (count === 0) return false;
    return count >= limits.waitingCommands || this.#bytes + bytes > this.#hub.context.limits.payloadBytesMax;
  }

  /** Starts what may start now. */
  pump(): void {
    while (!this.#isBusy && this.reads.mayBegin && this.#connection.canAnswer) {
      const next = this.#waiting[0];
      if (next === undefined || !this.#mayStart(next.decoded)) return;
      this.#waiting.shift();
      this.#start(next);
    }
  }

  #mayStart(decoded: Decoded): boolean {
    if (this.writes.count === 0) return true;
    if (!decoded.ok || !isWrite(decoded.command)) return false;
    return (
      decoded.command.payload.room === this.writes.room &&
      refuseWrite(this.#connection, decoded.command) === null
    );
  }

  #start(waiting: Waiting): void {
    const { decoded } = waiting;
    if (!decoded.ok) {
      const { type, code, id, message } = decoded;
      if (type === "") this.#connection.refuseFrame(code, id, message);
      else this.#connection.sendError(code, id, message);
      return this.#release(waiting);
    }
    this.#connection.noteReadable();
    try {
      this.#run(waiting, decoded);
    } catch (error) {
      this.#fail(waiting, error);
    }
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
    this.reads.begin(command);
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
    if (!answer.ok) this.#connection.sendError(answer.code, id, answer.message);
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
    if (this.writes.count === 0 || this.#waiting.length > 0) queueMicrotask(() => this.pump());
  }
}

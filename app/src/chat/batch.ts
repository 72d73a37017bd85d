import { checkCommand, type Decoded } from "../protocol/codec.ts";
import { describeRefusal, type Refusal, refuse } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import { type Answer, type Entry, faultCode, noRooms, payloadJson } from "./answer.ts";
import type { Connection } from "./connection.ts";
import type { Hub } from "./hub.ts";
import { isMessage } from "./rate-limits.ts";
import {
  isWrite,
  type PlainCommand,
  refuseWrite,
  submitWrite,
  type WriteCommand,
  writeTypes,
} from "./write-commands.ts";

type Run = (
  hub: Hub,
  connection: Connection,
  command: PlainCommand,
  bytesMax: number,
) => Answer | Promise<Answer>;

/** Room for the fields around the results. */
const envelopeBytes = 256;

/**
 * Several commands as one. Inner commands take effect in order; rooms joined by them go live when the answer, which
 * says where they begin, has been sent. Inner writes are answered by their own frames.
 */
export class Batch implements Entry {
  readonly #hub: Hub;
  readonly #connection: Connection;
  readonly #run: Run;
  readonly #results: string[] = [];
  /** What has to follow the answer, in order. */
  readonly #deferred: (() => void)[] = [];
  readonly #joining = new Set<string>();
  /** For each entry that follows, the rooms that a later command left or joined again. */
  readonly #superseded: Set<string>[] = [];
  #isPrepaid = true;
  #isLimited = false;
  #bytesLeft = limits.answerBytes - envelopeBytes;

  constructor(hub: Hub, connection: Connection, run: Run) {
    this.#hub = hub;
    this.#connection = connection;
    this.#run = run;
  }

  get rooms(): ReadonlySet<string> {
    return this.#joining;
  }

  async run(commands: readonly unknown[]): Promise<Answer> {
    this.#connection.joining = this.#joining;
    const decoded = commands.map(checkCommand);
    // Every result that is still to come can at least be a refusal.
    this.#bytesLeft -= decoded.length * envelopeBytes;
    for (const command of decoded) await this.#one(command);
    if (this.#isLimited) this.#connection.queue.noteLimitedBatch();
    return { ok: true, json: `{"results":[${this.#results.join(",")}]}`, entry: this };
  }

  enter(): void {
    this.#connection.joining = noRooms;
    for (const follow of this.#deferred) follow();
  }

  async #one(decoded: Decoded): Promise<void> {
    this.#hub.context.metrics.messageReceived(decoded.type);
    const limited = this.#refuseRate(decoded);
    if (limited !== null) this.#refuse(decoded, limited);
    else if (!decoded.ok) this.#refuse(decoded, decoded);
    else if (decoded.type === "batch") this.#addRefusal(refuse("bad_message", "No batch in a batch."));
    else if (isWrite(decoded.command)) this.#write(decoded.command);
    else await this.#runInner(decoded.command);
  }

  /** The batch was counted as a command itself, which pays for the first that counts as one. */
  #refuseRate(decoded: Decoded): Refusal | null {
    if (this.#isPrepaid && !(decoded.ok && isMessage(decoded.command))) {
      this.#isPrepaid = false;
      return null;
    }
    const refusal = this.#connection.queue.refuseInner(decoded);
    if (refusal !== null) this.#isLimited = true;
    return refusal;
  }

  #write(command: WriteCommand): void {
    const { id } = command;
    if (id === null) return this.#addRefusal(refuse("bad_message", "A write in a batch needs an id."));
    const refusal = refuseWrite(this.#connection, command);
    if (refusal !== null) return this.#refuse(command, refusal);
    submitWrite(this.#hub, this.#connection, command, {
      bytes: 0,
      receivedAt: this.#hub.context.clock.monotonic(),
    });
    this.#add(JSON.stringify({ id }));
  }

  /** A refused write is answered by a frame of its own as well, and counted once. */
  #refuse({ type, id }: Pick<Decoded, "type" | "id">, refusal: Refusal): void {
    if (id === null || !writeTypes.has(type)) return this.#addRefusal(refusal);
    const { code, message, retryAfterMs } = refusal;
    this.#connection.sendError(code, id, message, retryAfterMs);
    this.#pushRefusal(refusal);
  }

  async #runInner(command: PlainCommand): Promise<void> {
    const { queue } = this.#connection;
    await queue.writes.whenStored();
    await this.#hub.reads.beginInTurn(queue, command);
    try {
      const answer = await this.#run(this.#hub, this.#connection, command, this.#bytesLeft);
      if (answer.ok && answer.entry !== undefined) this.#defer(answer.entry);
      if (command.type === "leave") this.#noteLeft(command.payload.rooms);
      if (!answer.ok) this.#addRefusal(answer);
      else this.#addIfFits(payloadJson(answer));
    } catch (error) {
      this.#hub.context.log.error("task.failed", { stage: "command", type: command.type, error });
      this.#addRefusal(refuse(faultCode(error)));
    }
  }

  #defer(entry: Entry): void {
    this.#supersede(entry.rooms);
    const except = new Set<string>();
    this.#superseded.push(except);
    for (const room of entry.rooms) this.#joining.add(room);
    this.#deferred.push(() => entry.enter(except));
  }

  #supersede(rooms: Iterable<string>): void {
    for (const room of rooms) for (const except of this.#superseded) except.add(room);
  }

  /** Acks of what this batch wrote there follow its answer, after which the client counts no event of the rooms. */
  #noteLeft(rooms: readonly string[]): void {
    const { writes } = this.#connection.queue;
    this.#supersede(rooms);
    for (const room of rooms) {
      this.#joining.delete(room);
      writes.giveUpPlaces(room);
    }
    this.#deferred.push(() => writes.flush());
  }

  #addIfFits(json: string): void {
    if (Buffer.byteLength(json) > this.#bytesLeft) this.#addRefusal(refuse("too_large"));
    else this.#add(json);
  }

  #add(json: string): void {
    const result = `{"ok":true,"payload":${json}}`;
    this.#bytesLeft -= Buffer.byteLength(result) + 1 - envelopeBytes;
    this.#results.push(result);
  }

  #addRefusal(refusal: Refusal): void {
    this.#hub.context.metrics.errorSent(refusal.code);
    this.#pushRefusal(refusal);
  }

  #pushRefusal(refusal: Refusal): void {
    this.#results.push(JSON.stringify({ ok: false, ...describeRefusal(refusal) }));
  }
}

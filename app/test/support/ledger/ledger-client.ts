import type { Frame } from "../recording-sockets.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { RoomAnswer } from "../ws-client.ts";
import { FlakySocket } from "./flaky-socket.ts";
import { entryKinds } from "./ledger-entry.ts";
import { RoomCopy } from "./room-copy.ts";
import { entryOfAck, type Write, Writes } from "./writes.ts";

export interface LedgerClientOptions {
  readonly name: string;
  readonly url: string;
  readonly rooms: readonly string[];
  readonly random: SeededRandom;
  readonly writes: number;
  /** More missed events than this are not replayed to it: it then reads history. */
  readonly replayMax: number;
  /** Begins with a replay of all there is, where others begin with the newest messages. */
  readonly isFromStart?: boolean;
  onAnswer(): void;
  onViolation(what: string): void;
}

type Payload = Frame["payload"];

const inFlightMax = 4;
const pauseMsMax = 25;
const cutAfterSendChance = 0.06;
const cutBeforeFrameChance = 0.002;
const batchChance = 0.15;

/**
 * A member of some rooms that sends, is cut off at random and comes back where it was. It follows the protocol to
 * the letter, and reports as a violation whatever the protocol's promises rule out.
 */
export class LedgerClient {
  readonly name: string;
  readonly copies: ReadonlyMap<string, RoomCopy>;
  readonly writes: Writes;
  readonly #options: LedgerClientOptions;
  readonly #socket: FlakySocket;
  /** What was asked on the present socket, by the command's id. */
  readonly #asked = new Map<string, (payload: Payload) => void>();
  #lastAsked = 0;
  #userId = "";
  #isCalm = false;
  #pumpTimer: Timer | null = null;

  constructor(options: LedgerClientOptions) {
    const { name, url, rooms, random, isFromStart = false } = options;
    this.name = name;
    this.#options = options;
    this.copies = new Map(rooms.map((room) => [room, new RoomCopy(room, isFromStart)]));
    this.writes = new Writes(name, options.writes, random);
    this.#socket = new FlakySocket({
      url: `${url.replace("http", "ws")}/ws/chat/${name}`,
      random,
      onOpen: (greeting) => this.#guard(() => this.#opened(greeting)),
      onFrame: (frame) => this.#guard(() => this.#received(frame)),
    });
    this.#socket.cutChance = cutBeforeFrameChance;
  }

  start(): void {
    this.#socket.open();
  }

  /** Is not cut any more. */
  calm(): void {
    this.#isCalm = true;
    this.#socket.cutChance = 0;
  }

  end(): void {
    this.#socket.end();
  }

  get cuts(): number {
    return this.#socket.cuts;
  }

  /** Everything it sends is answered, and it follows all its rooms with their whole past. */
  get isSettled(): boolean {
    return this.writes.isDone && this.#isLive && [...this.copies.values()].every((copy) => !copy.lacksPast);
  }

  /** How far it got, for a run that does not end. */
  get story(): string {
    const rooms = [...this.copies.values()].map(
      ({ room, seq, isLive }) => `${room} ${seq}${isLive ? "" : " not live"}`,
    );
    return `${this.name} (${this.writes.left} left, ${this.writes.pending.size} pending, ${rooms.join(", ")})`;
  }

  get #isLive(): boolean {
    return [...this.copies.values()].every((copy) => copy.isLive);
  }

  #guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#options.onViolation(`${this.name}: ${(error as Error).message}`);
    }
  }

  #opened(greeting: Frame): void {
    this.#userId = String(greeting.payload.userId);
    this.#asked.clear();
    for (const copy of this.copies.values()) copy.isLive = false;
    this.#join([...this.copies.values()]);
  }

  #join(copies: readonly RoomCopy[]): void {
    const { replayMax } = this.#options;
    const rooms = copies.map(({ room, hasPosition, epoch, seq }) =>
      hasPosition ? { room, epoch, seq, replayMax } : { room },
    );
    this.#ask("join", { rooms }, (payload) => this.#joined(payload.rooms as RoomAnswer[]));
  }

  #joined(answers: readonly RoomAnswer[]): void {
    const copies = answers.map((answer) => this.#applyJoin(answer));
    const waiting = copies.filter((copy) => !copy.isLive);
    if (waiting.length > 0) this.#join(waiting);
    else this.#resume();
  }

  #applyJoin(answer: RoomAnswer): RoomCopy {
    const copy = this.#copyOf(answer.room);
    copy.join(answer, this.#options.replayMax);
    return copy;
  }

  /** Everything is joined: what was not acked is repeated under the same ids, and gaps in the past are filled. */
  #resume(): void {
    for (const write of this.writes.pending.values()) this.#socket.send(write);
    for (const copy of this.copies.values()) if (copy.lacksPast) this.#readPast(copy);
    this.#pumpSoon();
  }

  #readPast(copy: RoomCopy): void {
    const page = { room: copy.room, before: copy.pastBefore, limit: 100 };
    this.#ask("history", page, (answer) => {
      copy.prepend(answer);
      if (copy.lacksPast) this.#readPast(copy);
    });
  }

  #ask(type: string, payload: unknown, answered: (payload: Payload) => void): void {
    const id = `${type}-${++this.#lastAsked}`;
    this.#asked.set(id, answered);
    this.#socket.send({ type, id, payload });
  }

  #received(frame: Frame): void {
    if (entryKinds.has(frame.type)) return this.#liveCopyOf(frame.payload.room).appendEvent(frame);
    switch (frame.type) {
      case "message_response":
        return this.#answered(frame);
      case "error":
        return this.#refused(frame);
      case "heartbeat":
      case "goodbye":
      case "user_joined":
      case "user_left":
        return;
      default:
        throw new Error(`got ${JSON.stringify(frame)}`);
    }
  }

  #answered({ id = "", payload }: Frame): void {
    const write = this.writes.pending.get(id);
    if (write !== undefined) return this.#acked(write, payload);
    const answered = this.#asked.get(id);
    if (answered === undefined) throw new Error(`an answer to nothing: ${id}`);
    this.#asked.delete(id);
    answered(payload);
  }

  /** An ack that is no duplicate stands for the event in the room's order. */
  #acked(write: Write, payload: Payload): void {
    const { room, epoch, seq, messageId, duplicate } = payload;
    if (duplicate === false)
      this.#liveCopyOf(room).append(String(epoch), entryOfAck(write, payload, this.#userId));
    this.writes.settle(write, Number(seq), String(messageId), duplicate === true);
    this.#settled();
  }

  #refused({ id = "", payload }: Frame): void {
    const write = this.writes.pending.get(id);
    if (write === undefined) throw new Error(`refused: ${id} ${JSON.stringify(payload)}`);
    this.writes.refuse(write, payload.code);
    this.#settled();
  }

  #settled(): void {
    this.#options.onAnswer();
    this.#pumpSoon();
  }

  #pumpSoon(): void {
    if (this.#pumpTimer !== null) return;
    this.#pumpTimer = setTimeout(() => this.#pump(), this.#options.random.below(pauseMsMax));
  }

  #pump(): void {
    this.#pumpTimer = null;
    const { random } = this.#options;
    const count = Math.min(this.writes.left, inFlightMax - this.writes.pending.size);
    if (!this.#isLive || count <= 0) return;
    if (random.chance(batchChance)) this.#sendBatch(count);
    else this.#socket.send(this.#nextWrite());
    if (!this.#isCalm && random.chance(cutAfterSendChance)) this.#cut();
    else this.#pumpSoon();
  }

  #sendBatch(count: number): void {
    const commands = Array.from({ length: count }, () => this.#nextWrite());
    this.#ask("batch", { commands }, ({ results }) => {
      const refused = (results as { ok: boolean }[]).filter(({ ok }) => !ok);
      if (refused.length > 0) throw new Error(`refused in a batch: ${JSON.stringify(refused)}`);
    });
  }

  #nextWrite(): Write {
    return this.writes.next(this.#options.random.sample([...this.copies.values()], 1)[0] as RoomCopy);
  }

  /** At once, before the server may have seen the command, or around the time of its answer. */
  #cut(): void {
    const { random } = this.#options;
    const isClean = random.chance(0.2);
    if (random.chance(0.5)) this.#socket.cut(isClean);
    else setTimeout(() => this.#socket.cut(isClean), random.below(8));
  }

  #liveCopyOf(room: unknown): RoomCopy {
    const copy = this.#copyOf(room);
    if (!copy.isLive) throw new Error(`an event of ${room}, which is not joined`);
    return copy;
  }

  #copyOf(room: unknown): RoomCopy {
    const copy = this.copies.get(String(room));
    if (copy === undefined) throw new Error(`a frame about ${room}, which was never joined`);
    return copy;
  }
}

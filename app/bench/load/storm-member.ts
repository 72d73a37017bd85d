import { ClientSocket } from "./client-socket.ts";
import { type FrameVisitor, payloadText, textFrame } from "./frames.ts";
import { upgradeRequest } from "./holdline-wire.ts";
import type { LoadLoop } from "./load-loop.ts";

const TYPE_OFFSET = '{"type":"'.length;
const QUOTE = 0x22;

type Position = { epoch: string; seq: number };
type Event = { type: string; payload: unknown };
type JoinedRoom = Position & { ok: boolean; recovered: boolean; more?: boolean; events?: Event[] };

/**
 * A session in one room that loses its socket and comes back with its position. What it reads is put aside and
 * checked when the clock has stopped.
 */
export class StormMember {
  /** By `performance.now()`; undefined until its join is answered. */
  liveAtMs: number | undefined;
  readonly #loop: LoadLoop;
  readonly #room: string;
  readonly #request: Uint8Array;
  #position: Position | undefined;
  #isGreeted = false;
  #socket: ClientSocket | undefined;
  #texts: Uint8Array[] = [];

  constructor(loop: LoadLoop, room: string) {
    this.#loop = loop;
    this.#room = room;
    this.#request = upgradeRequest();
  }

  /** Without a closing handshake, as when a proxy or a network goes. */
  drop(): void {
    if (this.#socket !== undefined) this.#loop.close(this.#socket.fd);
    this.#texts = [];
    this.#isGreeted = false;
    this.liveAtMs = undefined;
  }

  connect(port: number, sourceHost: number): void {
    const fd = this.#loop.libc.startConnecting(port, sourceHost);
    this.#socket = new ClientSocket(this.#loop, fd, this.#onFrame);
  }

  /** False while the connection is not there: then again later. */
  tryRequest(): boolean {
    return this.#loop.libc.trySend(this.#socket?.fd ?? -1, this.#request);
  }

  /** Where it is when it has read all that it put aside; throws unless each event came once and in order. */
  catchUp(): Position {
    const texts = this.#texts;
    this.#texts = [];
    for (const text of texts) this.#take(JSON.parse(new TextDecoder().decode(text)));
    if (this.#position === undefined) throw new Error(`${this.#room} was not joined`);
    return this.#position;
  }

  readonly #onFrame: FrameVisitor = (_opcode, bytes, start, end) => {
    if (!this.#isGreeted) return this.#join();
    const type = typeOf(bytes, start);
    if (type === "error") throw new Error(`refused: ${payloadText(bytes, start, end)}`);
    if (type === "message_response") this.liveAtMs = performance.now();
    this.#texts.push(bytes.slice(start, end));
  };

  #join(): void {
    this.#isGreeted = true;
    const payload = { rooms: [{ room: this.#room, ...this.#position }] };
    this.#socket?.send(textFrame(JSON.stringify({ type: "join", id: "join", payload })));
  }

  #take({ type, payload }: Event): void {
    if (type === "message_response") this.#takeJoined((payload as { rooms: [JoinedRoom] }).rooms[0]);
    else if (type === "batch") for (const event of (payload as { events: Event[] }).events) this.#take(event);
    else if (type === "chat_message") this.#move(payload as Position);
  }

  #takeJoined({ ok, recovered, more = false, events = [], epoch, seq }: JoinedRoom): void {
    const isFirst = this.#position === undefined;
    if (!ok || more || recovered === isFirst) throw new Error(`${this.#room} was not resumed`);
    if (isFirst) this.#position = { epoch, seq };
    for (const event of events) this.#take(event);
    if (this.#position?.seq !== seq) throw new Error(`${this.#room}: the answer at ${seq} leaves a hole`);
  }

  #move({ epoch, seq }: Position): void {
    const last = this.#position?.seq ?? Number.NaN;
    if (seq !== last + 1) throw new Error(`${this.#room}: seq ${seq} came after ${last}`);
    this.#position = { epoch, seq };
  }
}

function typeOf(bytes: Uint8Array, start: number): string {
  const at = start + TYPE_OFFSET;
  return payloadText(bytes, at, bytes.indexOf(QUOTE, at));
}

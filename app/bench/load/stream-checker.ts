import type { ClientSocket } from "./client-socket.ts";
import { payloadText, TEXT } from "./frames.ts";
import { commandNumber, holdlineWire } from "./holdline-wire.ts";
import type { Wire, WireEvent } from "./wire.ts";

type ChatMessage = { room: string; seq: number; message: { clientId: string } };

/** Reads a member's whole stream and throws unless each room's events come once, in order, without a hole. */
export class StreamChecker {
  /** Told the number of the publisher's command, and when its message was read. */
  onMessage: (commandNumber: number, readAtMs: number) => void = () => {};
  readonly #socket: ClientSocket;
  readonly #seqs = new Map<string, number>();
  #events = 0;
  #eventsBefore = 0;
  #bytesBefore: number;

  constructor(socket: ClientSocket, wire: Wire = holdlineWire) {
    this.#socket = socket;
    this.#bytesBefore = socket.bytesRead;
    socket.onFrame = (opcode, bytes, start, end) => {
      if (opcode !== TEXT) throw new Error(`a frame with opcode ${opcode} in a room's stream`);
      this.#take(wire.eventOf(payloadText(bytes, start, end)));
    };
  }

  get events(): number {
    return this.#events - this.#eventsBefore;
  }

  get bytes(): number {
    return this.#socket.bytesRead - this.#bytesBefore;
  }

  restartCount(): void {
    this.#eventsBefore = this.#events;
    this.#bytesBefore = this.#socket.bytesRead;
  }

  #take(event: WireEvent): void {
    if (event.type === "batch")
      for (const inner of (event.payload as { events: WireEvent[] }).events) this.#take(inner);
    else if (event.type === "chat_message") this.#takeMessage(event.payload as ChatMessage);
    else throw new Error(`not a message in a room's stream: ${JSON.stringify(event)}`);
  }

  #takeMessage({ room, seq, message }: ChatMessage): void {
    const last = this.#seqs.get(room);
    if (last !== undefined && seq !== last + 1) throw new Error(`${room}: seq ${seq} came after ${last}`);
    this.#seqs.set(room, seq);
    this.#events++;
    this.onMessage(commandNumber(message.clientId), this.#socket.readAtMs);
  }
}

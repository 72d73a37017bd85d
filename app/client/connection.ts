import { HoldlineError } from "./errors.ts";
import type { WebSocketLike } from "./options.ts";
import { randomId } from "./random-id.ts";
import type { Frame, Goodbye, Greeting } from "./wire.ts";

/** What answers a command; null: the connection ended first. Handed over in the order in which frames arrive. */
export type Answer =
  // biome-ignore lint/suspicious/noExplicitAny: what an answer carries depends on the command
  { readonly ok: true; readonly payload: any } | { readonly ok: false; readonly error: HoldlineError } | null;

export interface ConnectionOwner {
  greeted(connection: Connection): void;
  /** Whatever answers no command of ours. */
  heard(connection: Connection, frame: Frame): void;
  ended(connection: Connection, code: number, reason: string): void;
  /** Every frame as text, before it is acted upon. */
  tapped(direction: "in" | "out", text: string): void;
}

/** How long a handshake may take until the greeting has come. */
const greetingMaxMs = 10_000;
/** On top of two heartbeats, for a slow network. */
const silenceReserveMs = 5_000;
const probeMaxMs = 4_000;
const checkEveryMs = 1_000;

interface Asked {
  readonly at: number;
  readonly answered: (answer: Answer) => void;
}

/** One socket: commands and their answers, and whether there is still somebody at the other end. */
export class Connection {
  greeting: Greeting | null = null;
  goodbye: Goodbye | null = null;
  readonly openedAt = Date.now();
  readonly #socket: WebSocketLike;
  readonly #owner: ConnectionOwner;
  readonly #answerMaxMs: number;
  /** In the order of asking. */
  readonly #asked = new Map<string, Asked>();
  readonly #timer: ReturnType<typeof setInterval>;
  #heardAt = Date.now();
  #silenceMaxMs = greetingMaxMs;
  #isOver = false;

  constructor(socket: WebSocketLike, owner: ConnectionOwner, answerMaxMs: number) {
    this.#socket = socket;
    this.#owner = owner;
    this.#answerMaxMs = answerMaxMs;
    socket.onmessage = ({ data }: { data: unknown }) => this.#hear(String(data));
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => this.#end(code, String(reason));
    // What went wrong is told by the close that follows.
    socket.onerror = () => {};
    this.#timer = setInterval(() => this.#check(), checkEveryMs);
  }

  /** `answered` is called once, in the order in which the server's frames come. */
  ask(type: string, payload: unknown, answered: (answer: Answer) => void, id = randomId()): void {
    this.#asked.set(id, { at: Date.now(), answered });
    this.tell(type, payload, id);
  }

  /** A command whose answer does not matter. */
  tell(type: string, payload: unknown, id?: string): void {
    const text = JSON.stringify({ type, id, payload });
    this.#owner.tapped("out", text);
    if (!this.#isOver) this.#socket.send(text);
  }

  /** Asks for a sign of life, and ends the connection if none comes soon. */
  probe(): void {
    const since = Date.now();
    this.tell("ping", {});
    setTimeout(() => this.#heardAt < since && this.drop("no sign of life"), probeMaxMs);
  }

  /** Takes leave; nothing that still comes is looked at. */
  close(): void {
    this.#end(1000, "");
  }

  /** There is nobody at the other end. */
  drop(reason: string): void {
    this.#end(1006, reason);
  }

  #hear(text: string): void {
    this.#heardAt = Date.now();
    this.#owner.tapped("in", text);
    const frame = JSON.parse(text) as Frame;
    if (frame.type !== "batch") this.#take(frame);
    else for (const event of frame.payload.events) this.#take(event);
  }

  #take(frame: Frame): void {
    if (this.#isOver) return;
    const { type, id, payload } = frame;
    const asked = this.#asked.get(id ?? "");
    if (asked === undefined) return this.#takeEvent(frame);
    this.#asked.delete(id ?? "");
    if (type !== "error") return asked.answered({ ok: true, payload });
    const { code, message, retryable, retryAfterMs } = payload;
    asked.answered({ ok: false, error: new HoldlineError(code, message, retryable, retryAfterMs) });
  }

  #takeEvent(frame: Frame): void {
    if (frame.type === "connection_established") {
      const greeting = frame.payload as Greeting;
      this.greeting = greeting;
      this.#silenceMaxMs =
        greeting.heartbeatInterval > 0 ? greeting.heartbeatInterval * 2 + silenceReserveMs : 0;
      this.#owner.greeted(this);
    } else this.#owner.heard(this, frame);
  }

  #check(): void {
    const now = Date.now();
    const [oldest] = this.#asked.values();
    if (this.#silenceMaxMs > 0 && now - this.#heardAt > this.#silenceMaxMs) this.drop("silent");
    else if (oldest !== undefined && now - oldest.at > this.#answerMaxMs) this.drop("owes an answer");
  }

  #end(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(1000);
    for (const { answered } of this.#asked.values()) answered(null);
    this.#asked.clear();
    this.#owner.ended(this, code, reason);
  }
}

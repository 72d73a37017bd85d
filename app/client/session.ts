import { mayReconnect } from "../src/protocol/close-codes.ts";
import { subprotocol } from "../src/protocol/names.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import { HoldlineError } from "./errors.ts";
import type { Settings } from "./options.ts";
import { randomId } from "./random-id.ts";
import { Tokens } from "./tokens.ts";
import { askWhy, type Verdict } from "./verdict.ts";
import type { Frame, Goodbye } from "./wire.ts";

/** `waiting`: until the next attempt. `stopped`: by the application, or because no attempt can help. */
export type State = "idle" | "connecting" | "connected" | "waiting" | "stopped";

/** @internal */
export interface SessionOwner {
  stateChanged(state: State, error: HoldlineError | null, delayMs: number): void;
  /** It may be used; the current one, if there is one, is left when `joined` is called. */
  greeted(connection: Connection): void;
  /** From now on it is the current one. `from`: the one before, in a handover. */
  promoted(connection: Connection, from: Connection | null): void;
  ended(connection: Connection): void;
  heard(connection: Connection, frame: Frame): void;
  tapped(direction: "in" | "out", text: string): void;
}

/** A server that is still there is asked again sooner than one that is gone. */
const handoverDelayMs = 250;
const handoverDelayMaxMs = 2_000;

/**
 * Keeps a connection open. A server that says goodbye is left only when the next connection has joined all rooms, so
 * there is always a live one; what both deliver is told apart by positions.
 * @internal
 */
export class Session implements ConnectionOwner {
  state: State = "idle";
  connectionId: string;
  current: Connection | null = null;
  readonly tokens: Tokens;
  readonly #settings: Settings;
  readonly #owner: SessionOwner;
  #next: Connection | null = null;
  /** The last one that was opened, also if it is lost: only the server's verdict on that is final. */
  #newest: Connection | null = null;
  /** Goes up with every attempt and whenever one is called off, so that what an old one still does is ignored. */
  #attempt = 0;
  #isDialing = false;
  #delays = 0;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: Settings, owner: SessionOwner) {
    this.#settings = settings;
    this.#owner = owner;
    this.connectionId = settings.connectionId;
    this.tokens = new Tokens(settings);
  }

  /** Connects, if nothing is open or under way; a delay is cut short. */
  start(): void {
    if (this.current !== null || this.#isDialing) return;
    if (this.state === "stopped") this.#failures = this.#delays = 0;
    clearTimeout(this.#timer);
    void this.#dial();
  }

  /** Ends everything. */
  stop(error: HoldlineError | null = null): void {
    this.#release();
    this.#change("stopped", error);
  }

  /** Lets go of the socket, as browsers want of pages that they put aside; `start` goes on. */
  pause(): void {
    if (this.state === "stopped" || this.state === "idle") return;
    this.#release();
    this.#change("waiting", null);
  }

  /** The network may have changed: waits no longer, and asks whether the server is still there. */
  hurry(): void {
    if (this.state === "waiting") this.start();
    else this.current?.probe();
  }

  /** The connection has joined all that the application wants. */
  joined(connection: Connection): void {
    if (connection === this.#next) this.#promote();
  }

  greeted(connection: Connection): void {
    this.#isDialing = false;
    this.#failures = 0;
    this.#owner.greeted(connection);
    if (this.current === null) this.joined(connection);
  }

  heard(connection: Connection, frame: Frame): void {
    if (frame.type === "goodbye") this.#goodbye(connection, frame.payload);
    else if (frame.type === "stay") this.#stay(connection);
    else if (frame.type === "error" && frame.payload.code === "token_expired")
      void this.tokens.refresh(connection, () => connection === this.current);
    this.#owner.heard(connection, frame);
  }

  tapped(direction: "in" | "out", text: string): void {
    this.#owner.tapped(direction, text);
  }

  ended(connection: Connection, code: number, reason: string): void {
    this.#owner.ended(connection);
    const isUnauthorized = code === 4003 || code === 4500;
    if (isUnauthorized) this.tokens.drop();
    if (connection === this.#next) this.#nextEnded(connection, code, reason);
    else if (connection === this.current) this.#currentEnded(connection, code, reason);
  }

  #nextEnded({ greeting }: Connection, code: number, reason: string): void {
    this.#next = null;
    this.#isDialing = false;
    if (greeting === null) void this.#failed(this.#attempt);
    else this.#retry(closedError(code, reason));
  }

  #currentEnded(connection: Connection, code: number, reason: string): void {
    this.current = null;
    if (Date.now() - connection.openedAt >= this.#settings.reconnectDelayMaxMs) this.#delays = 0;
    if (this.#next?.greeting) return this.#promote();
    const error = closedError(code, reason);
    if (!mayReconnect(code) && connection === this.#newest) return this.stop(error);
    if (this.#isDialing) return this.#change("connecting", error);
    this.#retry(error);
  }

  #promote(): void {
    const from = this.current;
    this.current = this.#next;
    this.#next = null;
    if (this.current === null) return;
    this.#change("connected", null);
    this.#owner.promoted(this.current, from);
    from?.close();
    if (this.current.goodbye !== null) this.#handOver();
  }

  #goodbye(connection: Connection, goodbye: Goodbye): void {
    connection.goodbye = goodbye;
    if (connection === this.current) this.#handOver();
  }

  #handOver(): void {
    const { reconnect, closesInMs } = this.current?.goodbye ?? {};
    if (!this.#settings.handover || !reconnect || !closesInMs || this.#isDialing || this.#next !== null)
      return;
    this.#delays = 0;
    clearTimeout(this.#timer);
    void this.#dial();
  }

  /** A connection that is already under way is as good. */
  #stay(connection: Connection): void {
    connection.goodbye = null;
    if (connection === this.current) clearTimeout(this.#timer);
  }

  async #dial(): Promise<void> {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#isDialing = true;
    if (this.current === null) this.#change("connecting", null);
    try {
      const token = await this.tokens.get();
      if (attempt !== this.#attempt) return;
      const protocols = token === null ? [subprotocol] : [subprotocol, `bearer.${token}`];
      const socket = new this.#settings.WebSocket(this.#url().replace("http", "ws"), protocols);
      this.#next = this.#newest = new Connection(socket, this, this.#settings.answerTimeoutMs);
    } catch (cause) {
      if (attempt !== this.#attempt) return;
      this.#isDialing = false;
      this.#retry(
        cause instanceof HoldlineError
          ? cause
          : new HoldlineError("unreachable", `No WebSocket could be opened: ${cause}`, true),
      );
    }
  }

  #url(): string {
    return `${this.#settings.base}/ws/chat/${this.connectionId}`;
  }

  async #failed(attempt: number): Promise<void> {
    const token = await this.tokens.get().catch(() => null);
    const verdict = await askWhy(this.#url(), token);
    if (attempt === this.#attempt) this.#judged(verdict);
  }

  #judged({ error, isFinal, waitMs }: Verdict): void {
    if (error.code === "session_taken") this.connectionId = randomId();
    if (error.code === "unauthorized") this.tokens.drop();
    const isHopeless = isFinal || (error.code === "unauthorized" && this.#settings.isTokenFixed);
    if (isHopeless && this.current === null) this.stop(error);
    else if (!isHopeless) this.#retry(error, waitMs);
  }

  /** Delays are random, so that thousands of clients do not come back in the same moment. */
  #retry(error: HoldlineError, waitMs = 0): void {
    const isHandover = this.current !== null;
    if (isHandover && this.current?.goodbye === null) return;
    this.#failures += 1;
    const { reconnectDelayMs, reconnectDelayMaxMs, reconnectAttemptsMax } = this.#settings;
    if (!isHandover && this.#failures > reconnectAttemptsMax) return this.stop(error);
    const [first, most] = isHandover
      ? [handoverDelayMs, handoverDelayMaxMs]
      : [reconnectDelayMs, reconnectDelayMaxMs];
    const delayMs = waitMs + Math.random() * Math.min(most, first * 2 ** this.#delays);
    this.#delays += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#dial(), delayMs);
    if (!isHandover) this.#change("waiting", error, delayMs);
  }

  #release(): void {
    this.#attempt += 1;
    this.#isDialing = false;
    clearTimeout(this.#timer);
    const open = [this.current, this.#next];
    this.current = this.#next = null;
    for (const connection of open) connection?.close();
  }

  #change(state: State, error: HoldlineError | null, delayMs = 0): void {
    this.state = state;
    this.#owner.stateChanged(state, error, delayMs);
  }
}

/** The server's close reasons are the names of its table of codes. */
const closedError = (code: number, reason: string): HoldlineError =>
  new HoldlineError(reason || `closed_${code}`, `The connection was closed (${code}).`, mayReconnect(code));

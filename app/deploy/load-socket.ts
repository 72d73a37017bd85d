import { askWhy } from "../client/verdict.ts";
import { subprotocol } from "../src/protocol/names.ts";

/** `code`: of the refusal, as the server names it, or `http_` and the status of who answered in its place. */
export type Opening =
  | { readonly ok: true; readonly socket: LoadSocket }
  | { readonly ok: false; readonly code: string };

interface Target {
  readonly url: string;
  readonly token: string | null;
  /** What the client's address is said to be; a server believes it of who it trusts. */
  readonly address: string;
}

interface Greeted {
  readonly type: string;
  readonly payload: { readonly limits: { readonly messagesPerMinute: number } };
}

const openMaxMs = 10_000;

/** Bun's takes headers. */
type BunWebSocket = new (
  url: string,
  options: { protocols: string[]; headers: Record<string, string> },
) => WebSocket;

/** A socket of an address of its own, which sends echoes and sees what comes back. */
export class LoadSocket {
  /** Messages per minute of its user; 0: no limit. */
  readonly messagesPerMinute: number;
  /** Error frames, and answers that were never asked for. */
  errors = 0;
  isOpen = true;
  readonly #socket: WebSocket;
  readonly #answered: (ms: number) => void;
  /** When each echo without an answer was sent. */
  readonly #waiting = new Map<string, number>();
  #lastId = 0;

  private constructor(socket: WebSocket, messagesPerMinute: number, answered: (ms: number) => void) {
    this.messagesPerMinute = messagesPerMinute;
    this.#socket = socket;
    this.#answered = answered;
    socket.onmessage = ({ data }) => this.#hear(String(data));
    socket.onclose = () => {
      this.isOpen = false;
    };
  }

  static async open(target: Target, answered: (ms: number) => void): Promise<Opening> {
    const url = `${target.url}/ws/chat/${crypto.randomUUID()}`;
    const socket = dial(url.replace("http", "ws"), target);
    const greeting = await greetingOf(socket);
    if (greeting === null) return { ok: false, code: await refusalOf(url, target) };
    return { ok: true, socket: new LoadSocket(socket, greeting.payload.limits.messagesPerMinute, answered) };
  }

  /** Echoes without an answer. */
  get waiting(): number {
    return this.#waiting.size;
  }

  echo(): void {
    if (!this.isOpen) return;
    this.#lastId += 1;
    const id = String(this.#lastId);
    this.#waiting.set(id, performance.now());
    this.#socket.send(JSON.stringify({ type: "message", id, payload: { content: { echo: id } } }));
  }

  close(): void {
    this.#socket.close(1000);
  }

  #hear(text: string): void {
    const { type, id, payload } = JSON.parse(text);
    if (type !== "message_response" && type !== "error") return;
    const sentAt = this.#waiting.get(id);
    const isGood = sentAt !== undefined && type === "message_response" && payload.content.echo === id;
    this.#waiting.delete(id);
    if (isGood) this.#answered(performance.now() - sentAt);
    else this.errors += 1;
  }
}

function dial(url: string, { token, address }: Target): WebSocket {
  const protocols = token === null ? [subprotocol] : [subprotocol, `bearer.${token}`];
  return new (WebSocket as unknown as BunWebSocket)(url, {
    protocols,
    headers: { "x-forwarded-for": address },
  });
}

async function refusalOf(url: string, { token, address }: Target): Promise<string> {
  const { error } = await askWhy(url, token, { "x-forwarded-for": address });
  return error.code;
}

function greetingOf(socket: WebSocket): Promise<Greeted | null> {
  const { promise, resolve } = Promise.withResolvers<Greeted | null>();
  const timer = setTimeout(() => resolve(null), openMaxMs);
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data));
    resolve(frame.type === "connection_established" ? frame : null);
  };
  socket.onclose = socket.onerror = () => resolve(null);
  return promise.finally(() => clearTimeout(timer));
}

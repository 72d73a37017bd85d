import type { Frame } from "./recording-sockets.ts";

interface ConnectOptions {
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
}

const deadlineMs = 5000;

/** Bun's constructor takes headers too; the DOM's type, which hides Bun's, does not say so. */
const BunWebSocket = WebSocket as unknown as new (url: string, options: ConnectOptions) => WebSocket;

/** A WebSocket client that keeps what it was sent. */
export class WsClient {
  readonly frames: Frame[] = [];
  readonly #socket: WebSocket;
  /** Called whenever something may have changed. */
  readonly #waiting = new Set<() => void>();
  #closeCode: number | null = null;

  private constructor(url: string, options: ConnectOptions) {
    this.#socket = new BunWebSocket(url.replace(/^http/, "ws"), options);
    this.#socket.onmessage = ({ data }) => this.#changed(() => this.frames.push(JSON.parse(String(data))));
    this.#socket.onclose = ({ code }) =>
      this.#changed(() => {
        this.#closeCode = code;
      });
  }

  /** Resolves when the server has greeted. */
  static async connect(url: string, options: ConnectOptions = {}): Promise<WsClient> {
    const client = new WsClient(url, options);
    await client.event("connection_established");
    return client;
  }

  /** What the server selected of the subprotocols. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  send(frame: unknown): void {
    this.#socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** Resolves with the first event of this type, past or to come. */
  event(type: string): Promise<Frame> {
    return this.#until(`an event ${type}`, () => this.frames.find((frame) => frame.type === type));
  }

  closed(): Promise<number> {
    return this.#until("a close", () => this.#closeCode ?? undefined);
  }

  close(): Promise<number> {
    this.#socket.close(1000);
    return this.closed();
  }

  #changed(change: () => void): void {
    change();
    for (const look of [...this.#waiting]) look();
  }

  #until<T>(what: string, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found !== undefined) resolve(found);
        else if (this.#closeCode === null) return;
        else reject(new Error(`${what} did not come: closed with ${this.#closeCode}`));
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const timer = setTimeout(() => reject(new Error(`${what} did not come in time`)), deadlineMs);
      this.#waiting.add(look);
      look();
    });
  }
}

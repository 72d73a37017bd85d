import { type Frame, takeApart } from "./recording-sockets.ts";

/** Sees every frame as it is on the wire. */
export interface FrameWitness {
  sent(text: string): void;
  received(text: string): void;
}

interface ConnectOptions {
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
  readonly witness?: FrameWitness;
}

/** What a join says of one room. */
export interface RoomAnswer {
  readonly room: string;
  readonly ok: boolean;
  readonly epoch: string;
  readonly seq: number;
  readonly recovered: boolean;
  readonly reason?: string;
  readonly more?: boolean;
  readonly events: readonly Frame[];
  readonly messages: readonly Record<string, unknown>[];
  readonly hasMore?: boolean;
}

const deadlineMs = 5000;

/** Bun's constructor takes headers too; the DOM's type, which hides Bun's, does not say so. */
const BunWebSocket = WebSocket as unknown as new (url: string, options: ConnectOptions) => WebSocket;

/** A WebSocket client that keeps what it was sent; batches taken apart, as clients do. */
export class WsClient {
  readonly frames: Frame[] = [];
  readonly #socket: WebSocket;
  readonly #witness: FrameWitness | undefined;
  /** Called whenever something may have changed. */
  readonly #waiting = new Set<() => void>();
  #closeCode: number | null = null;
  #lastId = 0;

  private constructor(url: string, { witness, ...options }: ConnectOptions) {
    this.#witness = witness;
    this.#socket = new BunWebSocket(url.replace(/^http/, "ws"), options);
    this.#socket.onmessage = ({ data }) => {
      const text = String(data);
      this.#witness?.received(text);
      this.#changed(() => this.frames.push(...takeApart(JSON.parse(text))));
    };
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
    const text = typeof frame === "string" ? frame : JSON.stringify(frame);
    this.#witness?.sent(text);
    this.#socket.send(text);
  }

  /** Resolves with the first event of this type, past or to come. */
  event(type: string): Promise<Frame> {
    return this.until(`an event ${type}`, () => this.frames.find((frame) => frame.type === type));
  }

  /** Sends one command and resolves with what answers it. */
  ask(type: string, payload: unknown, id: string = `ask-${++this.#lastId}`): Promise<Frame> {
    const seen = this.frames.length;
    this.send({ type, id, payload });
    return this.until(`an answer to ${type}`, () => this.frames.slice(seen).find((frame) => frame.id === id));
  }

  /** Joins a room, from a position or for the first time, and resolves with what the answer says of it. */
  async join(room: string, position: object = {}): Promise<RoomAnswer> {
    const { payload } = await this.#askPatiently("join", { rooms: [{ room, ...position }] });
    return (payload.rooms as RoomAnswer[])[0] as RoomAnswer;
  }

  /** Waits as it is told where it asks too often, as it may when it has much to catch up with. */
  async #askPatiently(type: string, payload: unknown): Promise<Frame> {
    for (;;) {
      const answer = await this.ask(type, payload);
      if (answer.payload.code !== "rate_limited") return answer;
      await Bun.sleep(Number(answer.payload.retryAfterMs));
    }
  }

  /** The events of the log that it saw of a room, its own acks not among them. */
  messages(room: string): Frame[] {
    return this.frames.filter(({ type, payload }) => type === "chat_message" && payload.room === room);
  }

  closed(): Promise<number> {
    return this.until("a close", () => this.#closeCode ?? undefined);
  }

  get isClosed(): boolean {
    return this.#closeCode !== null;
  }

  close(): Promise<number> {
    this.#socket.close(1000);
    return this.closed();
  }

  #changed(change: () => void): void {
    change();
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves with what is found, now or after a frame that comes in time; rejects if the socket closes before. */
  until<T>(what: string, find: () => T | undefined, withinMs = deadlineMs): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found !== undefined) resolve(found);
        else if (this.#closeCode === null) return;
        else reject(new Error(`${what} did not come: closed with ${this.#closeCode}`));
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const timer = setTimeout(() => reject(new Error(`${what} did not come in time`)), withinMs);
      this.#waiting.add(look);
      look();
    });
  }
}

import type { WebSocketLike } from "../../client/options.ts";
import type { Frame, Greeting } from "../../client/wire.ts";

const greeting: Greeting = {
  connectionId: "c",
  userId: "u",
  userName: "U",
  instance: "i",
  color: "none",
  version: "0",
  protocol: 1,
  features: [],
  serverTime: 0,
  heartbeatInterval: 0,
  connectionTimeout: 0,
  limits: {
    messageChars: 0,
    payloadBytes: 0,
    rooms: 0,
    waitingCommands: 0,
    messagesPerMinute: 0,
    commandsPerSecond: 0,
    replayEvents: 0,
    historyPage: 0,
  },
};

/** A WebSocket of the SDK whose other end a test plays, frame by frame and without a network. */
export class PlayedSocket implements WebSocketLike {
  readonly url: string;
  readonly protocols: readonly string[];
  onopen: unknown = null;
  onmessage: unknown = null;
  onclose: unknown = null;
  onerror: unknown = null;
  /** What the SDK closed it with. */
  closedWith: number | null = null;
  readonly #sent: Frame[] = [];

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(text: string): void {
    this.#sent.push(JSON.parse(text));
  }

  close(code = 1005): void {
    this.closedWith ??= code;
  }

  /** What the SDK has sent since it was asked last, of this type. */
  take(type: string): Frame[] {
    const taken = this.#sent.filter((frame) => frame.type === type);
    for (const frame of taken) this.#sent.splice(this.#sent.indexOf(frame), 1);
    return taken;
  }

  /** The only one there is. */
  takeOne(type: string): Frame {
    const [frame, ...more] = this.take(type);
    if (frame === undefined || more.length > 0)
      throw new Error(`${more.length + (frame === undefined ? 0 : 1)} frames ${type}`);
    return frame;
  }

  say(type: string, payload: object = {}, id?: string): void {
    (this.onmessage as ((event: { data: string }) => void) | null)?.({
      data: JSON.stringify({ type, id, payload }),
    });
  }

  greet(other: Partial<Greeting> = {}): void {
    this.say("connection_established", { ...greeting, ...other });
  }

  answer({ id }: Frame, payload: object): void {
    this.say("message_response", payload, id);
  }

  refuse({ id }: Frame, code: string, retryable: boolean, retryAfterMs?: number): void {
    this.say("error", { code, message: code, retryable, retryAfterMs }, id);
  }

  /** The other end closes it. */
  end(code: number, reason = ""): void {
    (this.onclose as ((event: { code: number; reason: string }) => void) | null)?.({ code, reason });
  }
}

/** Gives the SDK sockets to open, and keeps them for the test. */
export class PlayedServer {
  readonly sockets: PlayedSocket[] = [];

  /** For the option `WebSocket`. */
  get WebSocket() {
    const { sockets } = this;
    return class extends PlayedSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    };
  }

  get newest(): PlayedSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }
}

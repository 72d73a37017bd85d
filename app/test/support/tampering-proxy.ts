import { type Frame, takeApart } from "./recording-sockets.ts";

/** What arrives in the place of a frame that the server sent; `memory` is the client's, for as long as it is connected. */
export type Tampering = (frame: Frame, memory: Map<string, unknown>) => readonly object[];

interface Client {
  readonly upstream: WebSocket;
  readonly memory: Map<string, unknown>;
  /** What the client said before the server was there. */
  readonly waiting: string[];
}

/** Bun's constructor takes headers too; the DOM's type, which hides Bun's, does not say so. */
const BunWebSocket = WebSocket as unknown as new (url: string, options: object) => WebSocket;

/** Stands before a real server and changes what clients hear of it, frame by frame. Everything else passes. */
export class TamperingProxy implements Disposable {
  readonly #server: Bun.Server<Client>;
  readonly #tampering: Tampering;

  constructor(target: string, tampering: Tampering) {
    this.#tampering = tampering;
    this.#server = Bun.serve<Client>({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, server) => answer(request, server, target),
      websocket: {
        open: (socket) => this.#connect(socket),
        message: ({ data }, text) => {
          if (data.upstream.readyState === WebSocket.OPEN) data.upstream.send(String(text));
          else data.waiting.push(String(text));
        },
        close: ({ data }) => data.upstream.close(),
      },
    });
  }

  get url(): string {
    return this.#server.url.origin;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }

  #connect(socket: Bun.ServerWebSocket<Client>): void {
    const { upstream, memory } = socket.data;
    upstream.onmessage = ({ data }) => {
      const arriving = takeApart(JSON.parse(String(data))).flatMap((frame) => this.#tampering(frame, memory));
      for (const frame of arriving) socket.send(JSON.stringify(frame));
    };
    upstream.onclose = ({ code }) => socket.close(code === 1006 ? 1011 : code);
    upstream.onopen = () => {
      for (const text of socket.data.waiting.splice(0)) upstream.send(text);
    };
  }
}

function answer(request: Request, server: Bun.Server<Client>, target: string): Response | Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.headers.get("upgrade") === null) return fetch(target + pathname);
  const protocols = request.headers.get("sec-websocket-protocol")?.split(/, */) ?? [];
  const headers = { "x-forwarded-for": request.headers.get("x-forwarded-for") ?? "" };
  const upstream = new BunWebSocket(target.replace("http", "ws") + pathname, { protocols, headers });
  const data: Client = { upstream, memory: new Map(), waiting: [] };
  const chosen = { "Sec-WebSocket-Protocol": protocols[0] ?? "" };
  const isUpgraded = server.upgrade(request, { data, ...(protocols.length > 0 ? { headers: chosen } : {}) });
  return isUpgraded ? new Response() : new Response("no WebSocket", { status: 426 });
}

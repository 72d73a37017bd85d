import type { Frame } from "./recording-sockets.ts";

interface Script {
  /** Answers a command with any frames. */
  answer(command: Frame): readonly object[];
}

/** A WebSocket server that greets, counts, and says exactly what a test tells it to. */
export class ScriptedServer implements Disposable {
  /** Requests, whatever became of them. */
  asked = 0;
  opened = 0;
  open = 0;
  readonly #server: Bun.Server<undefined>;

  constructor({ answer }: Script = { answer: () => [] }) {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, server) => {
        this.asked += 1;
        return server.upgrade(request) ? undefined : new Response("no WebSocket", { status: 426 });
      },
      websocket: {
        open: (socket) => {
          this.opened += 1;
          this.open += 1;
          socket.send(JSON.stringify({ type: "connection_established", payload: {} }));
        },
        message: (socket, text) => {
          for (const frame of answer(JSON.parse(String(text)) as Frame)) socket.send(JSON.stringify(frame));
        },
        close: () => {
          this.open -= 1;
        },
      },
    });
  }

  get url(): string {
    return this.#server.url.origin;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }
}

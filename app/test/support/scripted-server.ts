import type { Frame } from "./recording-sockets.ts";

/** Answers a command with any frames. */
type Script = (command: Frame) => readonly object[];

/** A WebSocket server that greets, counts, and says exactly what a test tells it to. */
export class ScriptedServer implements Disposable {
  /** Requests, whatever became of them. */
  asked = 0;
  open = 0;
  /** In the order in which they were opened. */
  readonly #sockets: Bun.ServerWebSocket<undefined>[] = [];
  readonly #server: Bun.Server<undefined>;

  constructor(script: Script = () => []) {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, server) => {
        this.asked += 1;
        return server.upgrade(request) ? undefined : new Response("no WebSocket", { status: 426 });
      },
      websocket: {
        open: (socket) => {
          this.#sockets.push(socket);
          this.open += 1;
          socket.send(JSON.stringify({ type: "connection_established", payload: {} }));
        },
        message: (socket, text) => {
          for (const frame of script(JSON.parse(String(text)) as Frame)) socket.send(JSON.stringify(frame));
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

  get opened(): number {
    return this.#sockets.length;
  }

  closeFirst(code: number): void {
    this.#sockets[0]?.close(code);
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }
}

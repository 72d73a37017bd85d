import type { Frame } from "./recording-sockets.ts";

/** Answers a command with any frames, or with a close. */
type Script = (command: Frame) => readonly object[] | { readonly closeCode: number };

/** A WebSocket server that greets, counts, and says exactly what a test tells it to. */
export class ScriptedServer implements Disposable {
  /** Requests, whatever became of them. */
  asked = 0;
  opened = 0;
  open = 0;
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
          this.opened += 1;
          this.open += 1;
          socket.send(JSON.stringify({ type: "connection_established", payload: {} }));
        },
        message: (socket, text) => {
          const answer = script(JSON.parse(String(text)) as Frame);
          if ("closeCode" in answer) socket.close(answer.closeCode);
          else for (const frame of answer) socket.send(JSON.stringify(frame));
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

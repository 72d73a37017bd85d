/** A WebSocket server that greets and counts, no more. */
export class Greeter implements Disposable {
  /** Requests, whatever became of them. */
  asked = 0;
  opened = 0;
  open = 0;
  readonly #server: Bun.Server<undefined>;

  constructor() {
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
        message: () => {},
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

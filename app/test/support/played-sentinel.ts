import type { Socket } from "bun";

/** A Sentinel as its clients see it, which can tell of a switch at the worst moment. Ends with its block. */
export class PlayedSentinel implements Disposable {
  /** The next who asks for the master is answered when all who listen have been told of a switch, and have gone. */
  tellsFirst = false;
  readonly #masterPort: number;
  readonly #listening = new Set<Socket>();
  readonly #asking = new Set<Socket>();
  readonly #server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket, bytes) => this.#heard(socket, bytes.toString()),
      close: (socket) => this.#lost(socket),
    },
  });

  constructor(masterPort: number) {
    this.#masterPort = masterPort;
  }

  get url(): string {
    return `redis+sentinel://127.0.0.1:${this.#server.port}/main`;
  }

  get listeners(): number {
    return this.#listening.size;
  }

  /** Each command is an array of bulk strings; its first two tell them apart. */
  #heard(socket: Socket, text: string): void {
    for (const [, first, second] of text.matchAll(/\*\d+\r\n\$\d+\r\n(\S+)\r\n(?:\$\d+\r\n(\S+)\r\n)?/g))
      this.#said(socket, `${first} ${second}`.toLowerCase());
  }

  #said(socket: Socket, command: string): void {
    if (command.startsWith("subscribe")) this.#subscribed(socket);
    else if (command === "sentinel get-master-addr-by-name") this.#asked(socket);
    else socket.write(command === "sentinel sentinels" ? "*0\r\n" : "+OK\r\n");
  }

  #subscribed(socket: Socket): void {
    this.#listening.add(socket);
    socket.write(">3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n");
  }

  #asked(socket: Socket): void {
    if (!this.tellsFirst) return this.#answer(socket);
    this.tellsFirst = false;
    this.#asking.add(socket);
    for (const listener of this.#listening)
      listener.write(">3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$4\r\nmain\r\n");
  }

  #answer(socket: Socket): void {
    const port = String(this.#masterPort);
    socket.write(`*2\r\n$9\r\n127.0.0.1\r\n$${port.length}\r\n${port}\r\n`);
  }

  #lost(socket: Socket): void {
    this.#listening.delete(socket);
    if (this.#listening.size > 0) return;
    for (const asking of this.#asking) this.#answer(asking);
    this.#asking.clear();
  }

  [Symbol.dispose](): void {
    this.#server.stop(true);
  }
}

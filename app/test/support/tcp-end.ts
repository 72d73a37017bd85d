import { connect, type Socket } from "node:net";

/** What one end of a TCP connection got, and how that ended: with `end`, or with an error's code. */
export class TcpEnd {
  text = "";
  end = "";
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => {
      this.text += bytes.toString("latin1");
    });
    socket.on("end", () => {
      this.end ||= "end";
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.end ||= error.code ?? error.message;
    });
  }

  static connect(url: string, text: string): TcpEnd {
    const { hostname, port } = new URL(url);
    const peer = new TcpEnd(connect({ host: hostname, port: Number(port), allowHalfOpen: true }));
    peer.write(text);
    return peer;
  }

  write(text: string): void {
    this.#socket.write(text);
  }

  /** Bytes that the kernel has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /** Reads no more. */
  pause(): void {
    this.#socket.pause();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

import { type AddressInfo, createServer, type Server } from "node:net";
import { TcpEnd } from "./tcp-end.ts";

/** A TCP server that only writes down what it gets. */
export class TcpRecorder implements Disposable {
  readonly ends: TcpEnd[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.ends.push(new TcpEnd(socket)));
  }

  static async start(): Promise<TcpRecorder> {
    const recorder = new TcpRecorder();
    await new Promise<void>((resolve) => recorder.#server.listen(0, "127.0.0.1", resolve));
    return recorder;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  [Symbol.dispose](): void {
    for (const end of this.ends) end.destroy();
    this.#server.close();
  }
}

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { RespFrames } from "./resp-frames.ts";

/** What Redis pushes to a subscriber, as RESP3 writes it. */
const isBusMessage = (frame: Buffer): boolean =>
  frame.subarray(0, 16).toString("latin1") === ">3\r\n$7\r\nmessage\r";

/** Between servers and Redis: an address that moves from one Redis to another, and a bus that loses what it is told to. */
export class RedisProxy implements AsyncDisposable {
  /** Where new connections go. */
  port: number;
  /** Whether a message is lost on its way to a subscriber; they are counted from 1, over all connections. */
  loses: (message: number, frame: Buffer) => boolean = () => false;
  messages = 0;
  lost = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.port = port;
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client));
  }

  static async start(port: number): Promise<RedisProxy> {
    const proxy = new RedisProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** All connections end; those who come back find another Redis. */
  moveTo(port: number): void {
    this.port = port;
    this.cut();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  #accept(client: Socket): void {
    const redis = connect({ host: "127.0.0.1", port: this.port, noDelay: true });
    const frames = new RespFrames();
    client.on("data", (chunk: Buffer) => redis.write(chunk));
    redis.on("data", (chunk: Buffer) => {
      for (const frame of frames.take(chunk)) if (!this.#isLost(frame)) client.write(frame);
    });
    this.#bind(client, redis);
    this.#bind(redis, client);
  }

  #isLost(frame: Buffer): boolean {
    if (!isBusMessage(frame)) return false;
    this.messages += 1;
    const isLost = this.loses(this.messages, frame);
    if (isLost) this.lost += 1;
    return isLost;
  }

  /** One does not outlive the other. */
  #bind(socket: Socket, other: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      other.destroy();
    });
  }
}

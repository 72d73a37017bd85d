import { connect, type Socket } from "node:net";
import { eventually } from "./eventually.ts";

interface HttpAnswer {
  readonly status: number;
  /** The code of an error of ours; empty where the body holds none, as in answers of Bun's parser. */
  readonly code: string;
}

/** A TCP connection that sends any bytes as an HTTP request, or as part of one, and collects the answers. */
export class HttpPeer {
  readonly answers: HttpAnswer[] = [];
  isClosed = false;
  readonly #socket: Socket;
  readonly #onText: (text: string) => void;
  #pending = "";

  constructor(url: string, onText: (text: string) => void = () => {}) {
    const { hostname, port } = new URL(url);
    this.#onText = onText;
    this.#socket = connect(Number(port), hostname);
    this.#socket.on("data", (bytes) => this.#read(bytes.toString("latin1")));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.isClosed = true;
    });
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  vanish(): void {
    this.#socket.destroy();
  }

  answered(count: number): Promise<void> {
    return this.#until(`answer ${count}`, () => this.answers.length >= count);
  }

  closed(withinMs?: number): Promise<void> {
    return this.#until("a close", () => this.isClosed, withinMs);
  }

  #until(what: string, isMet: () => boolean, withinMs?: number): Promise<void> {
    return eventually(what, isMet, { withinMs, describe: () => JSON.stringify(this.answers) });
  }

  #read(text: string): void {
    this.#onText(text);
    this.#pending += text;
    for (let size = this.#note(); size > 0; size = this.#note()) this.#pending = this.#pending.slice(size);
  }

  /** The length of the first answer; 0 while it is incomplete. */
  #note(): number {
    const head = this.#pending.split("\r\n\r\n", 1)[0] ?? "";
    const bodyAt = head.length + 4;
    const end = bodyAt + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (this.#pending.length < Math.max(end, bodyAt) || !head.startsWith("HTTP/1.1 ")) return 0;
    const code = /"code":"(\w+)"/.exec(this.#pending.slice(bodyAt, end))?.[1] ?? "";
    this.answers.push({ status: Number(head.split(" ")[1]), code });
    return end;
  }
}

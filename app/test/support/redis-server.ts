import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unusedPort } from "./spawned-server.ts";

export const hasRedis = Bun.which("redis-server") !== null;

const startMs = 10_000;

/** A real Redis on loopback with a directory of its own. Ends with its block. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  readonly #process: Bun.Subprocess;

  private constructor(port: number, directory: string, process: Bun.Subprocess) {
    this.port = port;
    this.#directory = directory;
    this.#process = process;
  }

  static async start(...options: string[]): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), "holdline-redis-"));
    const port = unusedPort();
    const place = ["--bind", "127.0.0.1", "--port", String(port), "--dir", directory, "--save", ""];
    const process = Bun.spawn(["redis-server", ...place, ...options], { stdout: "pipe", stderr: "inherit" });
    const server = new RedisServer(port, directory, process);
    await server.#ready();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async #ready(): Promise<void> {
    const deadline = AbortSignal.timeout(startMs);
    let output = "";
    for await (const chunk of this.#process.stdout as ReadableStream<Uint8Array>) {
      output += new TextDecoder().decode(chunk);
      if (output.includes("Ready to accept connections")) return;
      deadline.throwIfAborted();
    }
    throw new Error(`redis-server ended:\n${output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
    await rm(this.#directory, { recursive: true, force: true });
  }
}

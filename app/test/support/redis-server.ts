import { rmSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { unusedPort } from "./spawned-server.ts";

export const hasRedis = Bun.which("redis-server") !== null;

const startMs = 10_000;
const snapshotFile = "dump.rdb";

/** A real Redis on loopback with a directory of its own, that can be ended and started again. Ends with its block. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  readonly #options: readonly string[];
  #process: Bun.Subprocess | null = null;
  #admin: Redis | null = null;

  private constructor(port: number, directory: string, options: readonly string[]) {
    this.port = port;
    this.#directory = directory;
    this.#options = options;
  }

  static async start(...options: string[]): Promise<RedisServer> {
    const directory = await mkdtemp(join(tmpdir(), "holdline-redis-"));
    const server = new RedisServer(unusedPort(), directory, options);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Not started yet. */
  static async create(...options: string[]): Promise<RedisServer> {
    return new RedisServer(unusedPort(), await mkdtemp(join(tmpdir(), "holdline-redis-")), options);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** With what it has kept. */
  async start(): Promise<void> {
    const place = ["--bind", "127.0.0.1", "--port", String(this.port), "--dir", this.#directory];
    this.#process = Bun.spawn(["redis-server", ...place, "--save", "", ...this.#options], {
      stdout: "pipe",
      stderr: "inherit",
    });
    await this.#ready(this.#process.stdout as ReadableStream<Uint8Array>);
  }

  /** As a power failure would end it. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** As an operator would end it. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** It is there, and says nothing. */
  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  async ask(command: string, ...args: (string | number)[]): Promise<unknown> {
    this.#admin ??= this.#connect();
    return await this.#admin.call(command, ...args);
  }

  /** Waits for a server that is away. */
  #connect(): Redis {
    const admin = new Redis(this.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    return admin.on("error", () => {});
  }

  /** Ends the connections whose names end so. */
  async cut(nameEnd: string): Promise<number> {
    const lines = String(await this.ask("CLIENT", "LIST")).split("\n");
    const wanted = lines.filter((line) => / name=(\S*)/.exec(line)?.[1]?.endsWith(nameEnd));
    const ids = wanted.map((line) => /^id=(\d+)/.exec(line)?.[1] ?? "");
    for (const id of ids) await this.ask("CLIENT", "KILL", "ID", id);
    return ids.length;
  }

  /** Keeps what there is now, for `restore`. */
  async snapshot(): Promise<void> {
    await this.ask("SAVE");
    await copyFile(this.#path(snapshotFile), this.#path("older.rdb"));
  }

  /** Ends it, and starts it with what there was at the snapshot. */
  async restore(): Promise<void> {
    await this.kill();
    await rm(this.#path("appendonlydir"), { recursive: true, force: true });
    await copyFile(this.#path("older.rdb"), this.#path(snapshotFile));
    await this.start();
  }

  /** Ends it, and starts it with nothing. */
  async lose(): Promise<void> {
    await this.kill();
    for (const name of ["appendonlydir", snapshotFile])
      await rm(this.#path(name), { recursive: true, force: true });
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#admin?.disconnect();
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The same when this process ends, and nothing can be waited for. */
  abandon(): void {
    this.#process?.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#process?.kill(signal);
    await this.#process?.exited;
    this.#process = null;
  }

  async #ready(output: ReadableStream<Uint8Array>): Promise<void> {
    const deadline = AbortSignal.timeout(startMs);
    let text = "";
    for await (const chunk of output) {
      text += new TextDecoder().decode(chunk);
      if (text.includes("Ready to accept connections")) return;
      deadline.throwIfAborted();
    }
    throw new Error(`redis-server ended:\n${text}`);
  }
}

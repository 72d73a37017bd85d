import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const startDeadlineMs = 60_000;

interface SpawnOptions {
  /** For the server's files; else a temporary one, which goes with the server. */
  readonly directory?: string;
  readonly port?: number;
  /** On top of where it listens and keeps its files. */
  readonly env?: Record<string, string>;
}

/** A server started by a command of its own, as an operator would. */
export class SpawnedServer {
  readonly url: string;
  /** What it wrote so far. */
  stdout = "";
  stderr = "";
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #ownDirectory: string | null;
  readonly #written: Promise<unknown>;

  private constructor(url: string, child: Bun.Subprocess<"ignore", "pipe", "pipe">, own: string | null) {
    this.url = url;
    this.#process = child;
    this.#ownDirectory = own;
    this.#written = Promise.all([
      follow(child.stdout, (text) => {
        this.stdout += text;
      }),
      follow(child.stderr, (text) => {
        this.stderr += text;
      }),
    ]);
  }

  /** Does not wait for it to come up. */
  static async spawn(command: string[], cwd: string, options: SpawnOptions = {}): Promise<SpawnedServer> {
    const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "holdline-server-")));
    const port = options.port ?? unusedPort();
    const child = Bun.spawn(command, {
      cwd,
      env: {
        ...process.env,
        PORT: String(port),
        HOST: "127.0.0.1",
        DATABASE_PATH: join(directory, "holdline.db"),
        CONTROL_SOCKET: join(directory, "control.sock"),
        LOG_DIR: join(directory, "logs"),
        ...options.env,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const own = options.directory === undefined ? directory : null;
    return new SpawnedServer(`http://127.0.0.1:${port}`, child, own);
  }

  /** Resolves once `/health/live` answers. */
  static async start(command: string[], cwd: string, options: SpawnOptions = {}): Promise<SpawnedServer> {
    const server = await SpawnedServer.spawn(command, cwd, options);
    await server.#untilLive();
    return server;
  }

  get output(): string {
    return this.stdout + this.stderr;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Resolves with the exit code (128 + n after signal n) when all that it wrote is there. */
  async exited(): Promise<number> {
    const exitCode = await this.#process.exited;
    await this.#written;
    return exitCode;
  }

  /** As a power failure would, as far as the process is concerned. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#process.exited;
  }

  /** Ends the server and resolves with its exit code and all that it wrote. */
  async stop(): Promise<{ exitCode: number; output: string }> {
    this.signal("SIGTERM");
    const exitCode = await this.exited();
    if (this.#ownDirectory !== null) await rm(this.#ownDirectory, { recursive: true, force: true });
    return { exitCode, output: this.output };
  }

  async #untilLive(): Promise<void> {
    const deadline = Date.now() + startDeadlineMs;
    while (!(await isOk(`${this.url}/health/live`))) {
      if (!this.isRunning) throw new Error(`the server ended with ${await this.exited()}:\n${this.output}`);
      if (Date.now() > deadline) throw new Error(`no answer:\n${(await this.stop()).output}`);
      await Bun.sleep(20);
    }
  }
}

/** Read as it comes, since a full pipe would stop the server. */
async function follow(stream: ReadableStream<Uint8Array>, write: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) write(decoder.decode(chunk, { stream: true }));
}

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/**
 * Below the ports that systems give to outgoing connections: a client that tries again while its server is down
 * could otherwise be given the server's port, and then nobody could listen there.
 */
export function unusedPort(): number {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
      return port;
    } catch {
      // Somebody listens there.
    }
  }
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const startDeadlineMs = 20_000;

/** A server started by a command of its own, as an operator would; its files are in a temporary directory. */
export class SpawnedServer {
  readonly url: string;
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #directory: string;

  private constructor(url: string, process: Bun.Subprocess<"ignore", "pipe", "pipe">, directory: string) {
    this.url = url;
    this.#process = process;
    this.#directory = directory;
  }

  /** Resolves once `/health/live` answers. */
  static async start(command: string[], cwd: string): Promise<SpawnedServer> {
    const directory = await mkdtemp(join(tmpdir(), "holdline-server-"));
    const port = unusedPort();
    const child = Bun.spawn(command, {
      cwd,
      env: {
        ...process.env,
        PORT: String(port),
        HOST: "127.0.0.1",
        DATABASE_PATH: join(directory, "holdline.db"),
        LOG_DIR: join(directory, "logs"),
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const server = new SpawnedServer(`http://127.0.0.1:${port}`, child, directory);
    await server.#untilLive();
    return server;
  }

  /** Ends the server and resolves with its exit code and all that it wrote. */
  async stop(): Promise<{ exitCode: number; output: string }> {
    this.#process.kill("SIGTERM");
    const exitCode = await this.#process.exited;
    const output = await this.#output();
    await rm(this.#directory, { recursive: true, force: true });
    return { exitCode, output };
  }

  async #untilLive(): Promise<void> {
    const deadline = Date.now() + startDeadlineMs;
    while (!(await isOk(`${this.url}/health/live`))) {
      if (this.#process.exitCode !== null) throw new Error(`the server ended:\n${await this.#output()}`);
      if (Date.now() > deadline) throw new Error(`no answer:\n${(await this.stop()).output}`);
      await Bun.sleep(20);
    }
  }

  async #output(): Promise<string> {
    const streams = [this.#process.stdout, this.#process.stderr];
    return (await Promise.all(streams.map((stream) => new Response(stream).text()))).join("");
  }
}

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function unusedPort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

import { join } from "node:path";

const directory = join(import.meta.dir, "../../client/cli");

/** A program on the SDK, in an environment of its own. */
export class ClientProgram implements AsyncDisposable {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #written: Promise<[string, string]>;

  constructor(name: "chat" | "connections", args: readonly string[], env: Record<string, string> = {}) {
    this.#process = Bun.spawn([process.execPath, join(directory, `${name}.ts`), ...args], {
      env: { PATH: process.env.PATH ?? "", ...env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    const { stdout, stderr } = this.#process;
    this.#written = Promise.all([new Response(stdout).text(), new Response(stderr).text()]);
  }

  type(...lines: string[]): void {
    for (const line of lines) this.#process.stdin.write(`${line}\n`);
    this.#process.stdin.flush();
  }

  /** Nothing more is typed; resolves with all that came of it. */
  async end(): Promise<{ exitCode: number; said: string[]; noted: string }> {
    this.#process.stdin.end();
    const exitCode = await this.#process.exited;
    const [said, noted] = await this.#written;
    return { exitCode, said: said.split("\n").filter((line) => line !== ""), noted };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
  }
}

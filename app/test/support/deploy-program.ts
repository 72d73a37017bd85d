import { join } from "node:path";
import { eventually } from "./eventually.ts";

const appDirectory = join(import.meta.dir, "../..");

interface Outcome {
  readonly exitCode: number;
  /** Of stdout. */
  readonly lines: readonly string[];
  readonly complaint: string;
}

// biome-ignore lint/suspicious/noExplicitAny: what an event carries depends on its kind
type ProgramEvent = { readonly event: string; readonly [field: string]: any };

/** A program of a deploy, as a process of its own. Ends with its block. */
export class DeployProgram implements AsyncDisposable {
  #text = "";
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #written: Promise<unknown>;
  readonly #complaint: Promise<string>;

  constructor(
    name: "probe" | "smoke" | "smoke-load" | "figures",
    args: readonly string[],
    env: Record<string, string> = {},
  ) {
    this.#process = Bun.spawn([process.execPath, `deploy/${name}.ts`, ...args], {
      cwd: appDirectory,
      env: { PATH: process.env.PATH ?? "", ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#written = this.#follow(this.#process.stdout);
    this.#complaint = new Response(this.#process.stderr).text();
  }

  /** Runs it to its end. */
  static async run(...args: ConstructorParameters<typeof DeployProgram>): Promise<Outcome> {
    await using program = new DeployProgram(...args);
    return await program.exited();
  }

  /** The lines so far, where each is JSON. */
  get events(): ProgramEvent[] {
    return this.#lines().map((line) => JSON.parse(line));
  }

  async saw(event: string, count = 1): Promise<void> {
    const isThere = () => this.events.filter((each) => each.event === event).length >= count;
    await eventually(`the event ${event}`, () => isThere() || this.#process.exitCode !== null, {
      withinMs: 30_000,
      describe: () => this.#text,
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async exited(): Promise<Outcome> {
    const exitCode = await this.#process.exited;
    await this.#written;
    return { exitCode, lines: this.#lines(), complaint: await this.#complaint };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }

  async #follow(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.#text += decoder.decode(chunk, { stream: true });
  }

  /** Only whole ones. */
  #lines(): string[] {
    return this.#text.split("\n").slice(0, -1);
  }
}

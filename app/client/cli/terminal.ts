import { createInterface, type Interface } from "node:readline";

/** Lines in from people or a pipe; what was said goes to stdout, what is only about the connection to stderr. */
export class Terminal implements AsyncIterable<string> {
  readonly isInteractive = Boolean(process.stdin.isTTY && process.stdout.isTTY);
  readonly #lines: Interface;
  /** From the beginning: lines that come before somebody asks would be lost. */
  readonly #typed: AsyncIterator<string>;

  constructor() {
    this.#lines = createInterface({
      input: process.stdin,
      ...(this.isInteractive ? { output: process.stdout, prompt: "" } : {}),
      terminal: this.isInteractive,
    });
    this.#typed = this.#lines[Symbol.asyncIterator]();
  }

  say(line: string): void {
    this.#print(process.stdout, line);
  }

  /** Dimmed, where somebody looks. */
  note(line: string): void {
    this.#print(process.stderr, this.isInteractive ? `\x1b[2m— ${line}\x1b[22m` : `— ${line}`);
  }

  close(): void {
    this.#lines.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return this.#typed;
  }

  /** What is being typed moves down a line. */
  #print(stream: NodeJS.WriteStream, line: string): void {
    if (!this.isInteractive) return void stream.write(`${line}\n`);
    process.stdout.write("\r\x1b[K");
    stream.write(`${line}\n`);
    this.#lines.prompt(true);
  }
}

import { EngineUnusable } from "./engine-unusable.ts";
import type { WriterCalls, WriterReply, WriterRequest } from "./sqlite-writer.ts";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const restartMs = 1000;

/** The main thread's end of the writer. Calls are served in order. A writer that died is started again. */
export class WriterThread {
  onDeath: (error: Error) => void = () => {};
  readonly #openArgs: Parameters<WriterCalls["open"]>;
  readonly #spawn;
  readonly #waiting: Waiting[] = [];
  #worker: Worker | null = null;
  #restartTimer: ReturnType<typeof setTimeout> | null = null;
  /** Why calls are refused at the moment. */
  #fault: Error | null = new Error("the database writer was not started");

  constructor(openArgs: Parameters<WriterCalls["open"]>, spawn = (url: string) => new Worker(url)) {
    this.#openArgs = openArgs;
    this.#spawn = spawn;
  }

  /** Resolves to the install secret; rejects with EngineUnusable if the database cannot be used. */
  async start(): Promise<Uint8Array> {
    const worker = this.#spawn(writerUrl());
    worker.onmessage = ({ data }: MessageEvent<WriterReply>) => this.#answered(data);
    worker.onerror = ({ message }) => this.#died(worker, `the database writer failed: ${message}`);
    worker.addEventListener("close", () => this.#died(worker, "the database writer ended"));
    this.#worker = worker;
    const secret = await this.#send("open", this.#openArgs);
    this.#fault = null;
    return secret;
  }

  call<Name extends keyof WriterCalls>(name: Name, ...args: Parameters<WriterCalls[Name]>) {
    return this.#fault ? Promise.reject(this.#fault) : this.#send(name, args);
  }

  /** Ends the thread, whatever it is doing. */
  terminate(): void {
    const worker = this.#worker;
    this.#worker = null;
    this.#refuse(new Error("the engine is closed"));
    if (this.#restartTimer) clearTimeout(this.#restartTimer);
    worker?.terminate();
  }

  #send<Name extends keyof WriterCalls>(name: Name, args: Parameters<WriterCalls[Name]>) {
    return new Promise<ReturnType<WriterCalls[Name]>>((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (value: unknown) => void, reject });
      this.#worker?.postMessage({ name, args } satisfies WriterRequest);
    });
  }

  #answered(reply: WriterReply): void {
    const waiting = this.#waiting.shift();
    if (reply.ok) return waiting?.resolve(reply.value);
    waiting?.reject(reply.isUnusable ? new EngineUnusable(reply.message) : new Error(reply.message));
  }

  #died(worker: Worker, message: string): void {
    if (worker !== this.#worker) return;
    this.#worker = null;
    const error = new Error(message);
    this.#refuse(error);
    this.onDeath(error);
    this.#restartTimer = setTimeout(() => void this.#restart(), restartMs);
  }

  async #restart(): Promise<void> {
    try {
      await this.start();
    } catch (error) {
      const worker = this.#worker;
      if (worker) this.#died(worker, `the database writer cannot start: ${error}`);
      worker?.terminate();
    }
  }

  #refuse(fault: Error): void {
    this.#fault = fault;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(fault);
  }
}

/** Computed, so that the bundler leaves it alone: in a bundle the writer is a file of its own beside it. */
function writerUrl(): string {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./sqlite-writer.${extension}`, import.meta.url).href;
}

import { join } from "node:path";
import type { Publish, PublishResult } from "../../src/chat/engine.ts";
import type { ControlChange, ControlResult } from "../../src/chat/engine-people.ts";
import { aPublish } from "./a-publish.ts";
import type { Question, Told } from "./engine-process.ts";

type Answer = Extract<Told, { tell: "answer" }>;

interface ChildOptions {
  readonly path: string;
  readonly commitDeadlineMs?: number;
  readonly env?: Record<string, string>;
}

/** The parent's end of an engine in another process. */
export class EngineChild {
  readonly announced: number[] = [];
  /** Every change of availability: the fault's message, or null. */
  readonly availability: (string | null)[] = [];
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #opened = Promise.withResolvers<void>();
  readonly #process;
  #lastId = 0;

  constructor({ path, commitDeadlineMs = 10_000, env = {} }: ChildOptions) {
    this.#process = Bun.spawn(
      [process.execPath, join(import.meta.dir, "engine-process.ts"), path, `${commitDeadlineMs}`],
      {
        env: { ...process.env, ...env },
        stdio: ["ignore", "inherit", "inherit"],
        ipc: (told: Told) => this.#hear(told),
      },
    );
  }

  opened(): Promise<void> {
    return this.#opened.promise;
  }

  async publish(fields: Partial<Publish> = {}): Promise<PublishResult> {
    return (await this.publishTimed(fields)).result;
  }

  /** Also says how long the longest turn of the child's event loop was meanwhile. */
  async publishTimed(fields: Partial<Publish>): Promise<{ result: PublishResult; turnMs: number }> {
    const { value, turnMs } = await this.#ask({ ask: "publish", publish: aPublish(fields) });
    return { result: value as PublishResult, turnMs };
  }

  async control(change: ControlChange): Promise<ControlResult> {
    return (await this.#ask({ ask: "control", change })).value as ControlResult;
  }

  async seqs(): Promise<number[]> {
    return (await this.#ask({ ask: "seqs" })).value as number[];
  }

  /** Null, or why it failed. */
  async probe(): Promise<string | null> {
    return (await this.#ask({ ask: "probe" })).value as string | null;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }

  #ask(question: Question): Promise<Answer> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#process.send({ id, question });
    });
  }

  #hear(told: Told): void {
    switch (told.tell) {
      case "opened":
        return this.#opened.resolve();
      case "announced":
        this.announced.push(...told.seqs);
        return;
      case "availability":
        this.availability.push(told.fault);
        return;
      case "answer":
        this.#answers.get(told.id)?.(told);
        this.#answers.delete(told.id);
        return;
      default:
        return told satisfies never;
    }
  }
}

/** One of two: what is asked, or what is answered. Travels between processes as it is. */
export type ChannelFrame =
  | { readonly kind: "ask"; readonly id: number; readonly question: string; readonly detail?: unknown }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown };

type Answer = (question: string, detail: unknown) => unknown;

/** More than two processes have to ask each other at a time; beyond that nobody answers anyway. */
const pendingMax = 1000;

/** Questions and answers between a parent and one of its workers. */
export class Channel {
  readonly #send: (frame: ChannelFrame) => void;
  readonly #answer: Answer;
  readonly #pending = new Map<number, (value: unknown) => void>();
  #lastId = 0;

  /** `send` may throw: then nobody is there. `answer` may throw or reject: then there is no answer. */
  constructor(send: (frame: ChannelFrame) => void, answer: Answer) {
    this.#send = send;
    this.#answer = answer;
  }

  /** Undefined: nobody answered in time. Never rejects. */
  async ask(question: string, withinMs: number, detail?: unknown): Promise<unknown> {
    if (this.#pending.size >= pendingMax) return undefined;
    const id = ++this.#lastId;
    const answered = Promise.withResolvers<unknown>();
    const timer = setTimeout(answered.resolve, withinMs);
    this.#pending.set(id, answered.resolve);
    if (!this.#trySend({ kind: "ask", id, question, detail })) answered.resolve(undefined);
    const value = await answered.promise;
    clearTimeout(timer);
    this.#pending.delete(id);
    return value;
  }

  /** What the other side sent. */
  take(frame: ChannelFrame): void {
    if (frame.kind === "answer") this.#pending.get(frame.id)?.(frame.value);
    else void this.#reply(frame.id, frame.question, frame.detail);
  }

  /** The other side is gone. */
  close(): void {
    for (const resolve of this.#pending.values()) resolve(undefined);
  }

  async #reply(id: number, question: string, detail: unknown): Promise<void> {
    try {
      const value = await this.#answer(question, detail);
      this.#trySend({ kind: "answer", id, value });
    } catch {
      this.#trySend({ kind: "answer", id, value: undefined });
    }
  }

  #trySend(frame: ChannelFrame): boolean {
    try {
      this.#send(frame);
      return true;
    } catch {
      return false;
    }
  }
}

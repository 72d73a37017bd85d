const againMs = 60_000;
const kindsMax = 100;

/** Tells an operator what Redis refuses, once a minute for each kind, and never with what was asked. */
export class RefusalWarnings {
  readonly #warn: (message: string) => void;
  readonly #now: () => number;
  /** When each was last told. */
  readonly #toldAt = new Map<string, number>();

  constructor(warn: (message: string) => void, now: () => number = () => performance.now()) {
    this.#warn = warn;
    this.#now = now;
  }

  /** An error that is no answer of Redis is none of these. */
  refused(what: string, error: unknown): void {
    if (!(error instanceof Error) || error.name !== "ReplyError") return;
    this.note(`Redis refuses a ${what}: ${/^[A-Z]+/.exec(error.message)?.[0] ?? "ERR"}`);
  }

  note(message: string): void {
    const now = this.#now();
    if (now - (this.#toldAt.get(message) ?? Number.NEGATIVE_INFINITY) < againMs) return;
    if (this.#toldAt.size >= kindsMax) this.#toldAt.clear();
    this.#toldAt.set(message, now);
    this.#warn(message);
  }
}

/** Lets what is about the same key happen one after the other, and the rest at once. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Begins at once where nothing is before it. */
  next<T>(key: string, run: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const result = before === undefined ? run() : before.then(run, run);
    this.#last.set(key, result);
    const end = () => {
      if (this.#last.get(key) === result) this.#last.delete(key);
    };
    result.then(end, end);
    return result;
  }

  /** Resolves when everything that has been asked for by now has happened. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}

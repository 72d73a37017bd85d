import { HoldlineError } from "./errors.ts";

type Listener<T> = (event: T) => void;

/** Typed events, for callbacks and for `for await`. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Calls `listener` from now on; the result ends that. A listener that throws disturbs nobody else. */
  on<T extends keyof Events>(type: T, listener: Listener<Events[T]>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /**
   * What comes from now on, until the loop is left. Past `waitingMax` events that the loop has not taken it throws
   * `overflow`, after those: nothing is dropped in silence.
   */
  events<T extends keyof Events>(type: T, waitingMax = 1000): AsyncGenerator<Events[T], void, void> {
    const waiting: Events[T][] = [];
    let isFull = false;
    let wake = () => {};
    const stop = this.on(type, (event) => {
      isFull = waiting.length >= waitingMax;
      if (isFull) stop();
      else waiting.push(event);
      wake();
    });
    return (async function* () {
      try {
        while (true) {
          const event = waiting.shift();
          if (event !== undefined) yield event;
          else if (isFull) throw new HoldlineError("overflow", `More than ${waitingMax} events waited.`);
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        stop();
      }
    })();
  }

  protected emit<T extends keyof Events>(type: T, event: Events[T]): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])] as Listener<Events[T]>[])
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
  }
}

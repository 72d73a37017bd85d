import type { EngineListener, StoredEvent } from "../../src/chat/engine.ts";

const noneAsked = {
  subscribe: 0,
  head: 0,
  replay: 0,
  history: 0,
  reactors: 0,
  control: 0,
  membership: 0,
  members: 0,
  groupsOf: 0,
  blocksBy: 0,
  blockRelations: 0,
  noteSeen: 0,
  lastSeen: 0,
};
type Operation = keyof typeof noneAsked;

/** What an engine in memory says, and what it answers: both can be paused, and made to fail. */
export class MemoryBus {
  #listener: EngineListener | null = null;
  readonly #subscribed = new Set<string>();
  #isPaused = false;
  #areAnswersPaused = false;
  #unsaid: (() => void)[] = [];
  #waitingAnswers: (() => void)[] = [];
  /** Tells whether an event is lost on the bus. */
  loses: (event: StoredEvent) => boolean = () => false;
  /** What an operation fails with, if it does, by its room or user; a control change that fails is `unavailable`. */
  failsWith: (operation: Operation, roomOrUser: string) => Error | null = () => null;
  /** How often each operation was asked for. */
  readonly asked: Record<Operation, number> = { ...noneAsked };

  listen(listener: EngineListener): void {
    this.#listener = listener;
  }

  pauseBus(): void {
    this.#isPaused = true;
  }

  resumeBus(): void {
    this.#isPaused = false;
    for (const say of this.#unsaid.splice(0)) say();
  }

  /** What is read from now on is read at once, but handed over only when answers are resumed. */
  pauseAnswers(): void {
    this.#areAnswersPaused = true;
  }

  resumeAnswers(): void {
    this.#areAnswersPaused = false;
    for (const answer of this.#waitingAnswers.splice(0)) answer();
  }

  get waitingAnswers(): number {
    return this.#waitingAnswers.length;
  }

  get subscribedRooms(): ReadonlySet<string> {
    return this.#subscribed;
  }

  async subscribe(room: string): Promise<void> {
    this.ask("subscribe", room);
    this.#subscribed.add(room);
  }

  unsubscribe(room: string): void {
    this.#subscribed.delete(room);
  }

  /** Speaks on the bus as another instance, or a broken one, would. */
  announce(room: string, events: readonly StoredEvent[]): void {
    this.#listener?.stored(room, events);
  }

  /** The bus speaks of a commit in a later microtask. */
  protected sayLater(room: string, events: readonly StoredEvent[]): void {
    queueMicrotask(() => this.#say(room, events));
  }

  #say(room: string, events: readonly StoredEvent[]): void {
    if (this.#isPaused) {
      this.#unsaid.push(() => this.#say(room, events));
      return;
    }
    const heard = events.filter((event) => !this.loses(event));
    if (heard.length > 0 && this.#subscribed.has(room)) this.announce(room, heard);
  }

  protected ask(operation: Operation, roomOrUser: string): void {
    this.asked[operation] += 1;
    const fault = this.failsWith(operation, roomOrUser);
    if (fault !== null) throw fault;
  }

  protected answer<T>(answer: T): Promise<T> {
    if (!this.#areAnswersPaused) return Promise.resolve(answer);
    return new Promise((resolve) => this.#waitingAnswers.push(() => resolve(answer)));
  }
}

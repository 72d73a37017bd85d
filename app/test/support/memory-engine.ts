import type {
  Engine,
  EngineListener,
  HistoryBounds,
  HistoryPage,
  Position,
  Publish,
  PublishResult,
  Replay,
  ReplayBounds,
  StoredEvent,
} from "../../src/chat/engine.ts";

/**
 * An engine in memory whose two sides can be paused apart: what is stored, and what the bus says. It keeps order
 * and density, and nothing else; what an engine owes beyond that is in the contract suite.
 */
export class MemoryEngine implements Engine {
  readonly name = "embedded";
  readonly logs = new Map<string, StoredEvent[]>();
  epoch = "E1";
  #listener: EngineListener | null = null;
  readonly #subscribed = new Set<string>();
  #isBusPaused = false;
  #areAnswersPaused = false;
  #unsaid: (() => void)[] = [];
  #waitingAnswers: (() => void)[] = [];
  /** Tells whether an event is lost on the bus. */
  loses: (event: StoredEvent) => boolean = () => false;
  /** Decides what a publish comes to instead of being stored. */
  refuses: (publish: Publish) => PublishResult | null = () => null;

  listen(listener: EngineListener): void {
    this.#listener = listener;
  }

  pauseBus(): void {
    this.#isBusPaused = true;
  }

  resumeBus(): void {
    this.#isBusPaused = false;
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

  async publish(publish: Publish): Promise<PublishResult> {
    const refusal = this.refuses(publish);
    if (refusal !== null) return refusal;
    const [event] = this.store(publish.room, [publish]);
    if (event === undefined) throw new Error("nothing stored");
    const { epoch, seq } = event;
    return {
      ok: true,
      epoch,
      seq,
      messageId: publish.messageId,
      createdAt: publish.createdAt,
      duplicate: false,
    };
  }

  /** One group commit of several publishes to a room; the bus speaks of it in a later microtask. */
  store(room: string, publishes: readonly Publish[]): StoredEvent[] {
    const log = this.logs.get(room) ?? [];
    this.logs.set(room, log);
    const events = publishes.map((publish, index) => this.#toEvent(publish, log.length + index + 1));
    log.push(...events);
    queueMicrotask(() => this.#say(room, events));
    return events;
  }

  #toEvent(publish: Publish, seq: number): StoredEvent {
    return { ...publish, v: 1, epoch: this.epoch, seq, isEdited: false, rest: null };
  }

  #say(room: string, events: readonly StoredEvent[]): void {
    if (this.#isBusPaused) {
      this.#unsaid.push(() => this.#say(room, events));
      return;
    }
    const heard = events.filter((event) => !this.loses(event));
    if (heard.length > 0 && this.#subscribed.has(room)) this.#listener?.stored(room, heard);
  }

  /** Speaks on the bus as another instance, or a broken one, would. */
  announce(room: string, events: readonly StoredEvent[]): void {
    this.#listener?.stored(room, events);
  }

  async subscribe(room: string): Promise<void> {
    this.#subscribed.add(room);
  }

  unsubscribe(room: string): void {
    this.#subscribed.delete(room);
  }

  get subscribedRooms(): ReadonlySet<string> {
    return this.#subscribed;
  }

  async head(room: string): Promise<Position> {
    return this.#headOf(room);
  }

  #headOf(room: string): Position {
    const seq = this.logs.get(room)?.length ?? 0;
    return seq === 0 ? { epoch: "", seq: 0 } : { epoch: this.epoch, seq };
  }

  replay(room: string, after: Position, bounds: ReplayBounds): Promise<Replay> {
    return this.#answer(this.#replayNow(room, after, bounds));
  }

  #replayNow(room: string, after: Position, bounds: ReplayBounds): Replay {
    const head = this.#headOf(room);
    const isVoid = (after.epoch !== head.epoch && after.seq > 0) || after.seq > head.seq;
    if (isVoid) return { recovered: false, reason: "epoch", ...head };
    if (head.seq - after.seq > bounds.replayMax) return { recovered: false, reason: "too_far", ...head };
    const missed = (this.logs.get(room) ?? []).slice(after.seq);
    const events = missed.slice(0, bounds.eventsMax);
    return { recovered: true, ...head, events, isComplete: events.length === missed.length };
  }

  history(room: string, { before, limit }: HistoryBounds): Promise<HistoryPage> {
    const older = (this.logs.get(room) ?? []).filter(({ seq }) => before === null || seq < before);
    const messages = older.slice(-limit);
    return this.#answer({ ...this.#headOf(room), messages, hasMore: messages.length < older.length });
  }

  #answer<T>(answer: T): Promise<T> {
    if (!this.#areAnswersPaused) return Promise.resolve(answer);
    return new Promise((resolve) => this.#waitingAnswers.push(() => resolve(answer)));
  }

  async installSecret(): Promise<Uint8Array> {
    return new Uint8Array(32);
  }

  async probe(): Promise<void> {}

  async close(): Promise<void> {}
}

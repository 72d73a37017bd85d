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

type Operation = "subscribe" | "head" | "replay" | "history";

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
  #uncommitted: { readonly publish: Publish; readonly resolve: (result: PublishResult) => void }[] | null =
    null;
  /** Tells whether an event is lost on the bus. */
  loses: (event: StoredEvent) => boolean = () => false;
  /** Decides what a publish comes to instead of being stored. */
  refuses: (publish: Publish) => PublishResult | null = () => null;
  /** Decides what a replay comes to instead of reading the log. */
  replaysAs: (after: Position, bounds: ReplayBounds) => Replay | null = () => null;
  /** What an operation fails with, if it does. */
  failsWith: (operation: Operation, room: string) => Error | null = () => null;
  /** How often each operation was asked for. */
  readonly asked: Record<Operation, number> = { subscribe: 0, head: 0, replay: 0, history: 0 };

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

  /** What is published from now on waits for `commit`. */
  pauseCommits(): void {
    this.#uncommitted ??= [];
  }

  get uncommitted(): readonly Publish[] {
    return (this.#uncommitted ?? []).map(({ publish }) => publish);
  }

  /** Stores everything that waits, each room's share at once; later publishes do not wait. */
  commit(): void {
    const waiting = this.#uncommitted ?? [];
    this.#uncommitted = null;
    for (const [room, writes] of Map.groupBy(waiting, ({ publish }) => publish.room)) {
      const stored = this.store(
        room,
        writes.map(({ publish }) => publish),
      );
      for (const [index, { resolve }] of writes.entries()) resolve(resultOf(stored[index] as StoredEvent));
    }
  }

  publish(publish: Publish): Promise<PublishResult> {
    const refusal = this.refuses(publish);
    if (refusal !== null) return Promise.resolve(refusal);
    return new Promise((resolve) => {
      const isPaused = this.#uncommitted !== null;
      this.#uncommitted = [...(this.#uncommitted ?? []), { publish, resolve }];
      if (!isPaused) this.commit();
    });
  }

  /** Events of another instance, all in one commit that the bus says nothing about. */
  fill(room: string, count: number, content = "x"): readonly StoredEvent[] {
    const log = this.logs.get(room) ?? [];
    this.logs.set(room, log);
    for (let index = 0; index < count; index += 1)
      log.push(this.#toEvent(foreign(room, content), log.length + 1));
    return log.slice(-count);
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
    this.#ask("subscribe", room);
    this.#subscribed.add(room);
  }

  #ask(operation: Operation, room: string): void {
    this.asked[operation] += 1;
    const fault = this.failsWith(operation, room);
    if (fault !== null) throw fault;
  }

  unsubscribe(room: string): void {
    this.#subscribed.delete(room);
  }

  get subscribedRooms(): ReadonlySet<string> {
    return this.#subscribed;
  }

  async head(room: string): Promise<Position> {
    this.#ask("head", room);
    return this.#headOf(room);
  }

  #headOf(room: string): Position {
    const seq = this.logs.get(room)?.length ?? 0;
    return seq === 0 ? { epoch: "", seq: 0 } : { epoch: this.epoch, seq };
  }

  async replay(room: string, after: Position, bounds: ReplayBounds): Promise<Replay> {
    this.#ask("replay", room);
    return await this.#answer(this.replaysAs(after, bounds) ?? this.#replayNow(room, after, bounds));
  }

  #replayNow(room: string, after: Position, bounds: ReplayBounds): Replay {
    const head = this.#headOf(room);
    const isVoid = (after.epoch !== head.epoch && after.seq > 0) || after.seq > head.seq;
    if (isVoid) return { recovered: false, reason: "epoch", ...head };
    if (head.seq - after.seq > bounds.replayMax) return { recovered: false, reason: "too_far", ...head };
    const missed = (this.logs.get(room) ?? []).slice(after.seq);
    const events = fit(missed.slice(0, bounds.eventsMax), bounds.textUnitsMax);
    return { recovered: true, ...head, events, isComplete: events.length === missed.length };
  }

  async history(room: string, { before, limit, textUnitsMax }: HistoryBounds): Promise<HistoryPage> {
    this.#ask("history", room);
    const older = (this.logs.get(room) ?? []).filter(({ seq }) => before === null || seq < before);
    const messages = fit(older.slice(-limit).toReversed(), textUnitsMax).toReversed();
    return await this.#answer({ ...this.#headOf(room), messages, hasMore: messages.length < older.length });
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

function resultOf({ epoch, seq, messageId, createdAt }: StoredEvent): PublishResult {
  return { ok: true, epoch, seq, messageId, createdAt, duplicate: false };
}

/** The first events, up to and including the one that crosses the bound. */
function fit(events: readonly StoredEvent[], textUnitsMax: number): StoredEvent[] {
  let textUnits = 0;
  const isOver = ({ content }: StoredEvent): boolean => {
    const wasFull = textUnits >= textUnitsMax;
    textUnits += content?.length ?? 0;
    return wasFull;
  };
  const end = events.findIndex(isOver);
  return end < 0 ? [...events] : events.slice(0, end);
}

function foreign(room: string, content: string): Publish {
  return {
    room,
    kind: "chat_message",
    userId: "elsewhere",
    authorId: "elsewhere",
    authorName: "Elsewhere",
    authorImage: null,
    messageId: Bun.randomUUIDv7(),
    content,
    metaJson: null,
    createdAt: 1_700_000_000_000,
    instance: "i2",
    socket: 1,
    commandId: null,
    commandHash: "",
  };
}

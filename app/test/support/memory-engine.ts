import type {
  Engine,
  HistoryBounds,
  HistoryPage,
  Position,
  Publish,
  PublishResult,
  Replay,
  ReplayBounds,
  StoredEvent,
} from "../../src/chat/engine.ts";
import type { OtherInstances } from "../../src/chat/engine-instances.ts";
import {
  type ControlAuthor,
  type ControlChange,
  type ControlResult,
  controlRoom,
  type PageBounds,
  type Reactor,
  type ReactorBounds,
  type Seen,
} from "../../src/chat/engine-people.ts";
import { noOtherInstances } from "../../src/engine/no-other-instances.ts";
import { MemoryBus } from "./memory-bus.ts";
import { controlEvent, eventOf, fit, foreign, MemoryCommands } from "./memory-log.ts";
import { MemoryMessages } from "./memory-messages.ts";
import { MemoryPeople, pageOf } from "./memory-people.ts";

interface Stored {
  readonly result: PublishResult;
  /** Null: it stored no event. */
  readonly event: StoredEvent | null;
}

/**
 * An engine in memory whose two sides can be paused apart: what is stored, and what the bus says. It keeps order
 * and density, what messages and people are at present, and nothing else; what an engine owes beyond that is in
 * the contract suite.
 */
export class MemoryEngine extends MemoryBus implements Engine {
  readonly name = "embedded";
  readonly connections = null;
  heads: Engine["heads"] = null;
  others: OtherInstances = noOtherInstances;
  readonly logs = new Map<string, StoredEvent[]>();
  epoch = "E1";
  readonly #messages = new MemoryMessages();
  readonly #people = new MemoryPeople();
  readonly #commands = new MemoryCommands();
  #uncommitted: { readonly publish: Publish; readonly resolve: (result: PublishResult) => void }[] | null =
    null;
  /** Decides what a publish comes to instead of being stored. */
  refuses: (publish: Publish) => PublishResult | null = () => null;
  /** Decides what a replay comes to instead of reading the log. */
  replaysAs: (after: Position, bounds: ReplayBounds) => Replay | null = () => null;

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
      const stored = writes.map(({ publish, resolve }) => ({ ...this.#store(publish), resolve }));
      const events = stored.flatMap(({ event }) => event ?? []);
      this.sayLater(room, events);
      for (const { result, resolve } of stored) resolve(result);
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
    return Array.from({ length: count }, () => this.#store(foreign(room, content)).event as StoredEvent);
  }

  #store(publish: Publish): Stored {
    const repeated = this.#commands.find(publish);
    if (repeated !== null) return { result: repeated, event: null };
    const applied = this.#messages.apply(publish);
    if (typeof applied === "string") return { result: { ok: false, code: applied }, event: null };
    const log = this.#logOf(publish.room);
    const event = applied && eventOf(publish, { epoch: this.epoch, seq: log.length + 1, ...applied });
    if (event) log.push(event);
    const { messageId, createdAt } = publish;
    const answer = { epoch: this.epoch, seq: log.length, messageId, createdAt, duplicate: event === null };
    const result = { ok: true, ...answer } as const;
    this.#commands.add(publish, result);
    return { result, event };
  }

  #logOf(room: string): StoredEvent[] {
    const log = this.logs.get(room) ?? [];
    this.logs.set(room, log);
    return log;
  }

  async head(room: string): Promise<Position> {
    this.ask("head", room);
    return this.#headOf(room);
  }

  #headOf(room: string): Position {
    const seq = this.logs.get(room)?.length ?? 0;
    return seq === 0 ? { epoch: "", seq: 0 } : { epoch: this.epoch, seq };
  }

  async replay(room: string, after: Position, bounds: ReplayBounds): Promise<Replay> {
    this.ask("replay", room);
    return await this.answer(this.replaysAs(after, bounds) ?? this.#replayNow(room, after, bounds));
  }

  #replayNow(room: string, after: Position, bounds: ReplayBounds): Replay {
    const head = this.#headOf(room);
    const isVoid = (after.epoch !== head.epoch && after.seq > 0) || after.seq > head.seq;
    if (isVoid) return { recovered: false, reason: "epoch", ...head };
    if (head.seq - after.seq > bounds.replayMax) return { recovered: false, reason: "too_far", ...head };
    const missed = this.#present(room).slice(after.seq);
    const events = fit(missed.slice(0, bounds.eventsMax), bounds.textUnitsMax);
    return { recovered: true, ...head, events, isComplete: events.length === missed.length };
  }

  #present(room: string): readonly StoredEvent[] {
    const log = this.logs.get(room) ?? [];
    return room === controlRoom ? log : log.map((event) => this.#messages.present(room, event));
  }

  async history(room: string, bounds: HistoryBounds): Promise<HistoryPage> {
    this.ask("history", room);
    const { before, limit, textUnitsMax, viewerId, hidden } = bounds;
    const older = this.#present(room).filter(
      ({ kind, seq, content, authorId }) =>
        (kind === "chat_message" || kind === "notification") &&
        (before === null || seq < before) &&
        content !== null &&
        !hidden.includes(authorId),
    );
    const shown = fit(older.slice(-limit).toReversed(), textUnitsMax).toReversed();
    const reactionsTo = (id: string) => this.#messages.counts(room, id, viewerId, hidden);
    const messages = shown.map((event) => ({ ...event, reactions: reactionsTo(event.messageId) }));
    return await this.answer({ ...this.#headOf(room), messages, hasMore: messages.length < older.length });
  }

  async reactors(room: string, messageId: string, { emoji, hidden, ...bounds }: ReactorBounds) {
    this.ask("reactors", room);
    const reactions = this.#messages.reactions(room, messageId, hidden);
    const wanted = reactions?.filter((reactor) => emoji === null || reactor.emoji === emoji);
    const keyOf = (by: Reactor) => `${by.emoji} ${by.createdAt} ${by.userId}`;
    return await this.answer(wanted ? pageOf(wanted, keyOf, bounds) : null);
  }

  async control(change: ControlChange, author: ControlAuthor): Promise<ControlResult> {
    try {
      this.ask("control", change.userId);
    } catch {
      return { ok: false, code: "unavailable" };
    }
    const isChange = this.#people.apply(change, author.at);
    if (isChange === "too_large") return { ok: false, code: "too_large" };
    if (isChange) this.#logControl(change, author);
    return { ok: true, ...this.#headOf(controlRoom), isChange };
  }

  #logControl(change: ControlChange, author: ControlAuthor): void {
    const log = this.#logOf(controlRoom);
    const event = controlEvent(change, author, { epoch: this.epoch, seq: log.length + 1 });
    log.push(event);
    this.sayLater(controlRoom, [event]);
  }

  async membership(room: string, userId: string) {
    this.ask("membership", room);
    return await this.answer(this.#people.membership(room, userId));
  }

  async members(room: string, bounds: PageBounds) {
    this.ask("members", room);
    return await this.answer(this.#people.members(room, bounds));
  }

  async groupsOf(userId: string, bounds: PageBounds) {
    this.ask("groupsOf", userId);
    return await this.answer(this.#people.groupsOf(userId, bounds));
  }

  async blocksBy(userId: string, bounds: PageBounds) {
    this.ask("blocksBy", userId);
    return await this.answer(this.#people.blocksBy(userId, bounds));
  }

  async blockRelations(userId: string) {
    this.ask("blockRelations", userId);
    return await this.answer(this.#people.blockRelations(userId));
  }

  async noteSeen(seen: readonly Seen[]): Promise<void> {
    this.ask("noteSeen", "");
    this.#people.noteSeen(seen);
  }

  async lastSeen(userId: string) {
    this.ask("lastSeen", userId);
    return await this.answer(this.#people.lastSeen(userId));
  }

  async installSecret(): Promise<Uint8Array> {
    return new Uint8Array(32);
  }

  async probe(): Promise<void> {}

  async close(): Promise<void> {}
}

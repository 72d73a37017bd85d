import type { Connection } from "./connection.ts";
import { HoldlineError } from "./errors.ts";
import { randomId } from "./random-id.ts";
import type { Stored } from "./wire.ts";

/** A room as the outbox sees it. */
export interface Lane {
  isLive(connection: Connection): boolean;
  /** The server says that the room is not joined: it will be again, or false. */
  rejoin(connection: Connection): boolean;
  /** Called before the write's promise resolves. */
  stored(write: Command, answer: Stored): void;
}

interface Command {
  readonly type: string;
  readonly payload: unknown;
  readonly id: string;
}

interface Entry extends Command {
  readonly lane: Lane | null;
  /** Where it is under way. */
  connection: Connection | null;
  /** When it was first sent; 0: not yet. */
  sentAt: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer's payload depends on the command
  readonly resolve: (answer: any) => void;
  readonly reject: (error: HoldlineError) => void;
}

interface NewCommand extends Omit<Command, "id"> {
  readonly id?: string | undefined;
}

interface OutboxOptions {
  readonly pipeline: number;
  readonly outboxMax: number;
  readonly answerTimeoutMs: number;
}

/** Half of what a server lets wait per connection; joins and pings come on top. */
const underWayMax = 16;
/** The server knows ids for 15 minutes; a write that was sent longer ago might be stored twice. */
const repeatableMs = 14 * 60_000;
const retryMs = 1_000;

/** Commands that wait for their answers: sent in order, and again with the same id when a connection was lost. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #current: () => Connection | null;
  /** Reads have the lane null. */
  readonly #lanes = new Map<Lane | null, Entry[]>();
  #size = 0;
  #pausedUntil = 0;
  /** After a refusal for being too fast one at a time, until one is taken. */
  #isSlow = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: OutboxOptions, current: () => Connection | null) {
    this.#options = options;
    this.#current = current;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether a command waits that has this id. */
  has(id: string): boolean {
    return [...this.#lanes.values()].some((entries) => entries.some((entry) => entry.id === id));
  }

  /** Writes of a room; never times out, since it may be stored long after. */
  write(lane: Lane, { type, payload, id = randomId() }: NewCommand): Promise<Stored> {
    return this.#add(lane, { type, payload, id });
  }

  read<T>(type: string, payload: unknown): Promise<T> {
    const { answerTimeoutMs } = this.#options;
    const id = randomId();
    const answer = this.#add<T>(null, { type, payload, id });
    const timer = setTimeout(() => {
      const entry = this.#lanes.get(null)?.find((each) => each.id === id);
      if (entry !== undefined)
        this.#reject(entry, new HoldlineError("timeout", `No answer within ${answerTimeoutMs} ms.`, true));
    }, answerTimeoutMs);
    return answer.finally(() => clearTimeout(timer));
  }

  /** Sends what may be sent. What another connection has not answered yet is sent again. */
  pump(): void {
    const connection = this.#current();
    if (connection === null || Date.now() < this.#pausedUntil) return;
    let underWay = 0;
    for (const [lane, entries] of this.#lanes) {
      if (lane !== null && !lane.isLive(connection)) continue;
      for (const entry of entries.slice(0, this.#laneMax(lane))) {
        if (underWay >= (this.#isSlow ? 1 : underWayMax)) return;
        if (entry.connection !== connection && !this.#submit(entry, connection)) continue;
        underWay += 1;
      }
    }
  }

  /** Whatever still waits in the lane, or in all, will not happen as far as the client knows. */
  abandon(error: HoldlineError, lane?: Lane): void {
    const lanes = lane === undefined ? [...this.#lanes.values()] : [this.#lanes.get(lane) ?? []];
    for (const entry of lanes.flat()) this.#reject(entry, error);
  }

  #laneMax(lane: Lane | null): number {
    return lane === null ? underWayMax / 2 : this.#options.pipeline;
  }

  #add<T>(lane: Lane | null, command: Command): Promise<T> {
    const { outboxMax } = this.#options;
    if (this.#size >= outboxMax)
      return Promise.reject(
        new HoldlineError("outbox_full", `${outboxMax} commands wait for the server already.`, true),
      );
    return new Promise((resolve, reject) => {
      const entry = { ...command, lane, connection: null, sentAt: 0, resolve, reject };
      const entries = this.#lanes.get(lane);
      if (entries === undefined) this.#lanes.set(lane, [entry]);
      else entries.push(entry);
      this.#size += 1;
      this.pump();
    });
  }

  #submit(entry: Entry, connection: Connection): boolean {
    const now = Date.now();
    if (entry.sentAt > 0 && now - entry.sentAt > repeatableMs) {
      this.#reject(entry, new HoldlineError("outcome_unknown", "Sent too long ago to be repeated safely."));
      queueMicrotask(() => this.pump());
      return false;
    }
    entry.sentAt ||= now;
    entry.connection = connection;
    connection.ask(
      entry.type,
      entry.payload,
      (answer) => {
        if (answer === null) this.#lost(entry, connection);
        else if (answer.ok) this.#answered(entry, answer.payload);
        else if (entry.connection === connection) this.#refused(entry, connection, answer.error);
      },
      entry.id,
    );
    return true;
  }

  #lost(entry: Entry, connection: Connection): void {
    if (entry.connection === connection) entry.connection = null;
  }

  // biome-ignore lint/suspicious/noExplicitAny: an answer's payload depends on the command
  #answered(entry: Entry, answer: any): void {
    if (!this.#remove(entry)) return;
    this.#isSlow = false;
    entry.lane?.stored(entry, answer);
    entry.resolve(answer);
    this.pump();
  }

  #refused(entry: Entry, connection: Connection, error: HoldlineError): void {
    entry.connection = null;
    if (error.code === "not_joined" && entry.lane?.rejoin(connection)) return;
    if (!error.retryable) this.#reject(entry, error);
    else this.#pause(error.retryAfterMs ?? retryMs * (0.5 + Math.random()), error.code === "rate_limited");
    this.pump();
  }

  #pause(ms: number, isTooFast: boolean): void {
    this.#isSlow ||= isTooFast;
    this.#pausedUntil = Date.now() + ms;
    clearTimeout(this.#timer);
    // A timer may be a little early by the other clock.
    this.#timer = setTimeout(() => {
      this.#pausedUntil = 0;
      this.pump();
    }, ms);
  }

  #reject(entry: Entry, error: HoldlineError): void {
    if (this.#remove(entry)) entry.reject(error);
  }

  /** False: it had been answered already. */
  #remove(entry: Entry): boolean {
    const entries = this.#lanes.get(entry.lane) ?? [];
    const index = entries.indexOf(entry);
    if (index < 0) return false;
    entries.splice(index, 1);
    if (entries.length === 0) this.#lanes.delete(entry.lane);
    this.#size -= 1;
    return true;
  }
}

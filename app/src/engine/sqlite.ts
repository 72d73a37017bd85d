import type { Database } from "bun:sqlite";
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
} from "../chat/engine.ts";
import { databasePath } from "./database-path.ts";
import { GroupCommit } from "./group-commit.ts";
import { lockDatabase } from "./lock-database.ts";
import type { Appended } from "./sqlite-log.ts";
import { SqliteReader } from "./sqlite-reader.ts";
import type { Retention } from "./sqlite-trimmer.ts";
import { storedByRoom } from "./stored-by-room.ts";
import { within } from "./within.ts";
import { WriterThread } from "./writer-thread.ts";

interface SqliteEngineOptions extends Retention {
  readonly path: string;
  readonly now?: () => number;
  readonly onOperation?: (operation: "commit", seconds: number) => void;
  /** A commit that takes longer counts as a fault. */
  readonly commitDeadlineMs?: number;
  /** What expired is deleted, and deleted text wiped from the disk, this often. */
  readonly sweepEveryMs?: number;
}

interface Parts {
  readonly lock: Database;
  readonly writer: WriterThread;
  readonly reader: SqliteReader;
  readonly secret: Uint8Array;
  readonly now: () => number;
}

const answerMs = 5000;

/** Opens or creates the database. Throws EngineUnusable, with a line for the operator, when it cannot be used. */
export async function openSqliteEngine(options: SqliteEngineOptions): Promise<Engine> {
  const { historyMessagesMax, historyTtlMs, now = Date.now } = options;
  const path = databasePath(options.path);
  const retention = { historyMessagesMax, historyTtlMs };
  const lock = await lockDatabase(path);
  const writer = new WriterThread([path, retention]);
  try {
    const secret = await writer.start();
    const reader = new SqliteReader(path, retention, now);
    return new SqliteEngine({ lock, writer, reader, secret, now }, options);
  } catch (error) {
    writer.terminate();
    lock.close();
    throw error;
  }
}

/** The log in SQLite: written in groups by a thread of its own, read on this one. The bus is this process. */
class SqliteEngine implements Engine {
  readonly name = "embedded";
  readonly #parts: Parts;
  readonly #commits: GroupCommit;
  readonly #sweepEveryMs: number;
  readonly #subscribed = new Set<string>();
  #listener: EngineListener | null = null;
  #fault: Error | null = null;
  #isClosed = false;
  #sweepTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(parts: Parts, { onOperation, commitDeadlineMs, sweepEveryMs }: SqliteEngineOptions) {
    const { writer, now } = parts;
    this.#parts = parts;
    this.#commits = new GroupCommit({
      append: (publishes) => writer.call("append", JSON.stringify(publishes), now()),
      onStored: (publishes, appended) => this.#announce(publishes, appended),
      onResult: (fault) => this.#report(fault),
      onSeconds: (seconds) => onOperation?.("commit", seconds),
      deadlineMs: commitDeadlineMs ?? 10_000,
    });
    writer.onDeath = (fault) => this.#report(fault);
    this.#sweepEveryMs = sweepEveryMs ?? 30_000;
    this.#sweepLater();
  }

  listen(listener: EngineListener): void {
    this.#listener = listener;
  }

  publish(publish: Publish): Promise<PublishResult> {
    return this.#isClosed
      ? Promise.resolve({ ok: false, code: "unavailable" })
      : this.#commits.publish(publish);
  }

  async subscribe(room: string): Promise<void> {
    this.#subscribed.add(room);
  }

  unsubscribe(room: string): void {
    this.#subscribed.delete(room);
  }

  async head(room: string): Promise<Position> {
    return this.#parts.reader.head(room);
  }

  async replay(room: string, after: Position, bounds: ReplayBounds): Promise<Replay> {
    return this.#parts.reader.replay(room, after, bounds);
  }

  async history(room: string, bounds: HistoryBounds): Promise<HistoryPage> {
    return this.#parts.reader.history(room, bounds);
  }

  async installSecret(): Promise<Uint8Array> {
    return this.#parts.secret;
  }

  /** While the engine is down the probe writes, so that a recovery is noticed without traffic. */
  async probe(): Promise<void> {
    const isDurable = this.#fault !== null;
    await within(answerMs, this.#parts.writer.call("probe", isDurable), "the database writer's answer");
    if (isDurable) this.#report(null);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#sweepTimer) clearTimeout(this.#sweepTimer);
    const { lock, writer, reader } = this.#parts;
    try {
      await this.#commits.idle();
      reader.close();
      await within(answerMs, writer.call("close"), "closing the database");
    } finally {
      writer.terminate();
      lock.close();
    }
  }

  #announce(publishes: readonly Publish[], appended: Appended): void {
    for (const [room, events] of storedByRoom(publishes, appended, this.#subscribed)) {
      this.#listener?.stored(room, events);
    }
  }

  #report(fault: Error | null): void {
    const isChange = (fault === null) !== (this.#fault === null);
    this.#fault = fault;
    if (isChange && !this.#isClosed) this.#listener?.availabilityChanged(fault);
  }

  #sweepLater(): void {
    this.#sweepTimer = setTimeout(() => void this.#sweep(), this.#sweepEveryMs);
    this.#sweepTimer.unref();
  }

  async #sweep(): Promise<void> {
    const { writer, now } = this.#parts;
    const startedAt = now();
    try {
      while (!(this.#isClosed || (await writer.call("sweep", startedAt))));
    } catch (error) {
      this.#report(error as Error);
    }
    if (!this.#isClosed) this.#sweepLater();
  }
}

import { Database, SQLiteError } from "bun:sqlite";
import {
  type Engine,
  type EngineListener,
  EngineUnavailable,
  type HistoryBounds,
  type HistoryPage,
  type Position,
  type Publish,
  type PublishResult,
  type Replay,
  type ReplayBounds,
} from "../chat/engine.ts";
import {
  type ControlAuthor,
  type ControlChange,
  type ControlResult,
  controlRoom,
  type PageBounds,
  type ReactorBounds,
  type Seen,
} from "../chat/engine-people.ts";
import { databasePath } from "./database-path.ts";
import { GroupCommit } from "./group-commit.ts";
import { lockDatabase } from "./lock-database.ts";
import { noOtherInstances } from "./no-other-instances.ts";
import type { Appended } from "./sqlite-log.ts";
import { SqlitePeopleReader } from "./sqlite-people-reader.ts";
import { SqliteReader } from "./sqlite-reader.ts";
import type { Retention } from "./sqlite-trimmer.ts";
import { storedByRoom } from "./stored-by-room.ts";
import { within } from "./within.ts";
import type { Write } from "./write.ts";
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
  readonly readable: Database;
  readonly reader: SqliteReader;
  readonly people: SqlitePeopleReader;
  readonly secret: Uint8Array;
  readonly now: () => number;
}

const answerMs = 5000;
const unavailable = { ok: false, code: "unavailable" } as const;

/** Opens or creates the database. Throws EngineUnusable, with a line for the operator, when it cannot be used. */
export async function openSqliteEngine(options: SqliteEngineOptions): Promise<Engine> {
  const { historyMessagesMax, historyTtlMs, now = Date.now } = options;
  const path = databasePath(options.path);
  const retention = { historyMessagesMax, historyTtlMs };
  const lock = await lockDatabase(path);
  const writer = new WriterThread([path, retention]);
  try {
    const secret = await writer.start();
    const readable = openForReading(path);
    const reader = new SqliteReader(readable, retention, now);
    const people = new SqlitePeopleReader(readable, now);
    return new SqliteEngine({ lock, writer, readable, reader, people, secret, now }, options);
  } catch (error) {
    writer.terminate();
    lock.close();
    throw error;
  }
}

function openForReading(path: string): Database {
  const database = new Database(path, { readonly: true, strict: true });
  database.run("PRAGMA busy_timeout = 100");
  return database;
}

/** What the database cannot answer may be asked again; any other fault is our own. */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof SQLiteError ? new EngineUnavailable(error.message) : error;
  }
}

/** The log in SQLite: written in groups by a thread of its own, read on this one. The bus is this process. */
class SqliteEngine implements Engine {
  readonly name = "embedded";
  readonly others = noOtherInstances;
  readonly connections = null;
  readonly heads = null;
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
      append: (writes) => writer.call("append", JSON.stringify(writes), now()),
      onStored: (writes, appended) => this.#announce(writes, appended),
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
    return this.#isClosed ? Promise.resolve(unavailable) : this.#commits.publish(publish);
  }

  async subscribe(room: string): Promise<void> {
    this.#subscribed.add(room);
  }

  unsubscribe(room: string): void {
    this.#subscribed.delete(room);
  }

  async head(room: string): Promise<Position> {
    return reading(() => this.#parts.reader.head(room));
  }

  async replay(room: string, after: Position, bounds: ReplayBounds): Promise<Replay> {
    return reading(() => this.#parts.reader.replay(room, after, bounds));
  }

  async history(room: string, bounds: HistoryBounds): Promise<HistoryPage> {
    return reading(() => this.#parts.reader.history(room, bounds));
  }

  async reactors(room: string, messageId: string, bounds: ReactorBounds) {
    return reading(() => this.#parts.people.reactors(room, messageId, bounds));
  }

  async control(change: ControlChange, author: ControlAuthor): Promise<ControlResult> {
    if (this.#isClosed) return unavailable;
    const messageId = Bun.randomUUIDv7();
    return this.#commits.control({ room: controlRoom, change, author, messageId });
  }

  async membership(room: string, userId: string) {
    return reading(() => this.#parts.people.membership(room, userId));
  }

  async members(room: string, bounds: PageBounds) {
    return reading(() => this.#parts.people.members(room, bounds));
  }

  async groupsOf(userId: string, bounds: PageBounds) {
    return reading(() => this.#parts.people.groupsOf(userId, bounds));
  }

  async blocksBy(userId: string, bounds: PageBounds) {
    return reading(() => this.#parts.people.blocksBy(userId, bounds));
  }

  async blockRelations(userId: string) {
    return reading(() => this.#parts.people.blockRelations(userId));
  }

  async noteSeen(seen: readonly Seen[]): Promise<void> {
    await this.#parts.writer.call("noteSeen", seen).catch((error: Error) => {
      throw new EngineUnavailable(error.message);
    });
  }

  async lastSeen(userId: string) {
    return reading(() => this.#parts.people.lastSeen(userId));
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
    const { lock, writer, readable } = this.#parts;
    try {
      await this.#commits.idle();
      readable.close();
      await within(answerMs, writer.call("close"), "closing the database");
    } finally {
      writer.terminate();
      lock.close();
    }
  }

  #announce(writes: readonly Write[], appended: Appended): void {
    for (const [room, events] of storedByRoom(writes, appended, this.#subscribed)) {
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

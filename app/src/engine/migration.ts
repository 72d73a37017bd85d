import { Database } from "bun:sqlite";
import { isDeepStrictEqual } from "node:util";
import type { Position } from "../chat/engine.ts";
import type { PageBounds } from "../chat/engine-people.ts";
import { EngineUnusable } from "./engine-unusable.ts";
import { RedisKeys } from "./keys.ts";
import { lockDatabase } from "./lock-database.ts";
import { openNodes } from "./open-nodes.ts";
import { RedisImport } from "./redis-import.ts";
import { RedisLog } from "./redis-log.ts";
import type { NodesListener, RedisNodes } from "./redis-nodes.ts";
import { RedisScripts } from "./redis-scripts.ts";
import { type ExportedRoom, SqliteExport } from "./sqlite-export.ts";
import { SqliteReader } from "./sqlite-reader.ts";
import { openDatabase } from "./sqlite-schema.ts";

export interface MigrationOptions {
  readonly databasePath: string;
  readonly url: string;
  readonly prefix: string;
  readonly historyTtlMs: number;
  onProgress(done: number, rooms: number): void;
}

export interface Migrated {
  readonly rooms: number;
  readonly events: number;
  readonly memberships: number;
  readonly blocks: number;
  /** False: guests were known there by another secret, and get other ids than in the database. */
  readonly keepsGuests: boolean;
}

const sliceEntries = 200;
const slicePeople = 1000;
const keepAll = { historyMessagesMax: 0, historyTtlMs: 0 };
const wide = { replayMax: Number.MAX_SAFE_INTEGER, eventsMax: 500, textUnitsMax: 1_048_576 };

/**
 * Copies what a database holds into Redis and reads it back. What was copied before is left as it is, so that a run that
 * was interrupted is done again. Throws EngineUnusable if somebody uses the database, or Redis holds something else.
 */
export async function migrate(options: MigrationOptions): Promise<Migrated> {
  const lock = await lockDatabase(options.databasePath);
  const failed = Promise.withResolvers<never>();
  const nodes = openNodes(
    { ...options, name: `${options.prefix}:migrate`, ack: "memory" },
    hearing(failed.reject),
  );
  try {
    openDatabase(options.databasePath).close();
    await Promise.race([nodes.start(), failed.promise]);
    failed.promise.catch(() => {});
    return await new Migration(options, nodes).run();
  } finally {
    nodes.close();
    lock.close();
  }
}

/** Only what fails. */
const hearing = (failed: (error: Error) => void): NodesListener => ({
  added: () => {},
  listening: async () => {},
  prepared: () => {},
  moved: () => {},
  lost: () => {},
  warned: () => {},
  failed,
});

class Migration {
  readonly #options: MigrationOptions;
  readonly #export: SqliteExport;
  readonly #reader: SqliteReader;
  readonly #scripts: RedisScripts;
  readonly #import: RedisImport;
  readonly #log: RedisLog;

  constructor(options: MigrationOptions, nodes: RedisNodes) {
    const database = new Database(options.databasePath, { readonly: true, strict: true });
    const keys = new RedisKeys(options.prefix);
    this.#options = options;
    this.#export = new SqliteExport(database);
    this.#reader = new SqliteReader(database, keepAll, () => 0);
    this.#scripts = new RedisScripts(nodes);
    this.#import = new RedisImport(this.#scripts, keys, options.historyTtlMs);
    this.#log = new RedisLog(this.#scripts, keys, keepAll);
  }

  async run(): Promise<Migrated> {
    const rooms = this.#export.rooms();
    let events = 0;
    for (const [index, room] of rooms.entries()) {
      events += await this.#copyRoom(room);
      await this.#verifyRoom(room);
      this.#options.onProgress(index + 1, rooms.length);
    }
    const people = await this.#copyPeople();
    await this.#import.noteFirstUse();
    const keepsGuests = await this.#import.installSecret(this.#export.installSecret());
    return { rooms: rooms.length, events, ...people, keepsGuests };
  }

  /** Answers how many entries it has. */
  async #copyRoom(room: ExportedRoom): Promise<number> {
    let count = 0;
    for (let after = 0; ; ) {
      const rows = this.#export.eventsAfter(room.id, after, sliceEntries);
      const entries = rows.map((row) => ({ row, reactions: this.#export.reactionsTo(room.id, row.seq) }));
      const isLast = rows.length < sliceEntries;
      after = isLast ? room.seq : (rows.at(-1)?.seq ?? 0);
      const head = await this.#import.entries(room, entries, after);
      if (head === null || head > room.seq) throw new EngineUnusable(`${room.name} ${inUse}`);
      count += rows.length;
      if (isLast) return count;
    }
  }

  async #copyPeople(): Promise<Pick<Migrated, "memberships" | "blocks">> {
    const [memberships, blocks, seen] = [
      this.#export.memberships(),
      this.#export.blocks(),
      this.#export.seen(),
    ];
    for (const slice of slices(memberships)) await this.#import.memberships(slice);
    for (const slice of slices(blocks)) await this.#import.blocks(slice);
    for (const slice of slices(seen)) await this.#import.people.noteSeen(slice);
    await this.#verifyPeople(memberships, blocks);
    return { memberships: memberships.length, blocks: blocks.length };
  }

  /** Every event and every message with its reactions, as both engines read them. */
  async #verifyRoom(room: ExportedRoom): Promise<void> {
    const { name, epoch, seq } = room;
    const head = await this.#log.head(name);
    if (head.epoch !== epoch || head.seq !== seq) throw new EngineUnusable(`${name} ${inUse}`);
    for (let after: Position = { epoch, seq: this.#firstBefore(room) }; after.seq < seq; ) {
      const [here, there] = [
        this.#reader.replay(name, after, wide),
        await this.#log.replay(name, after, wide),
      ];
      if (
        !here.recovered ||
        !there.recovered ||
        !isDeepStrictEqual(here.events, there.events.slice(0, here.events.length))
      )
        throw new Error(`${name}: what was copied after ${after.seq} reads otherwise`);
      after = { epoch, seq: Math.min(here.events.at(-1)?.seq ?? seq, there.events.at(-1)?.seq ?? seq) };
    }
    await this.#verifyHistory(name);
  }

  /** The last seq that the log no longer holds. */
  #firstBefore({ id, seq }: ExportedRoom): number {
    const [first] = this.#export.eventsAfter(id, 0, 1);
    return first === undefined ? seq : first.seq - 1;
  }

  async #verifyHistory(name: string): Promise<void> {
    const bounds = { limit: 100, textUnitsMax: 1_048_576, viewerId: "", hidden: [] };
    for (let before: number | null = null; ; ) {
      const here = this.#reader.history(name, { ...bounds, before });
      const there = await this.#log.history(name, { ...bounds, before });
      const common = Math.min(here.messages.length, there.messages.length);
      if (common < here.messages.length && !there.hasMore) throw new Error(`${name}: messages are missing`);
      if (!isDeepStrictEqual(newest(here.messages, common), newest(there.messages, common)))
        throw new Error(`${name}: messages read otherwise`);
      if (common === 0) return;
      before = here.messages.at(-common)?.seq ?? 0;
    }
  }

  async #verifyPeople(
    memberships: ReturnType<SqliteExport["memberships"]>,
    blocks: ReturnType<SqliteExport["blocks"]>,
  ): Promise<void> {
    const { people } = this.#import;
    for (const { room, userId, isMember, changedAt } of memberships) {
      const there = await people.membership(room, userId);
      if (!isDeepStrictEqual(there, { isMember: isMember === 1, changedAt }))
        throw new EngineUnusable(`The members of ${room} ${inUse}`);
    }
    for (const userId of new Set(blocks.map((block) => block.userId))) {
      const all: PageBounds = { after: null, limit: slicePeople };
      const here = blocks.filter((block) => block.userId === userId).map(({ otherId }) => otherId);
      const there = (await people.blocksBy(userId, all)).items.map((block) => block.userId);
      if (!isDeepStrictEqual(here.sort(), [...there].sort()))
        throw new EngineUnusable(`The blocks of a user ${inUse}`);
    }
  }
}

const newest = <T>(items: readonly T[], count: number): readonly T[] => items.slice(items.length - count);

const inUse =
  "is in Redis already, and not as in the database: servers have used it, or it is of another database. " +
  "Choose another REDIS_PREFIX, or empty that Redis";

function slices<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / slicePeople);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * slicePeople, (index + 1) * slicePeople),
  );
}

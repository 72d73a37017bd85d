import type { Database } from "bun:sqlite";
import type { Publish } from "../chat/engine.ts";
import { controlRoom, type Seen } from "../chat/engine-people.ts";
import { type CommandRecord, SqliteCommands } from "./sqlite-commands.ts";
import { type Change, type ChangeRefusal, SqliteMessages } from "./sqlite-messages.ts";
import { SqlitePeople } from "./sqlite-people.ts";
import { type LogRoom, SqliteRooms } from "./sqlite-rooms.ts";
import { type Retention, SqliteTrimmer } from "./sqlite-trimmer.ts";
import { type ControlWrite, isControl, restOf, type Write } from "./write.ts";

/** A write that stored no event: with the answer of the time when it did, or because it changes nothing. */
interface Repeated {
  readonly epoch: string;
  readonly record: Pick<CommandRecord, "seq" | "messageId" | "createdAt">;
}

/** A change of a message, with the seq it got. */
export interface Changed extends Change {
  readonly seq: number;
}

/** What became of one write: the seq it got, what it changed or repeats, or why it was refused. */
export type Outcome = number | Changed | Repeated | ChangeRefusal | "id_conflict";

export interface Appended {
  /** In the order of the writes. */
  readonly outcomes: readonly Outcome[];
  /** Of every room in which something was stored. */
  readonly epochs: ReadonlyMap<string, string>;
}

type Entry = Pick<Publish, "messageId" | "authorId" | "createdAt" | "instance" | "socket" | "commandId"> & {
  readonly kind: string;
};

/** `v` of the entries this version writes. */
export const envelopeVersion = 1;

/** The writer's transactions. A method that throws has changed nothing. */
export class SqliteLog {
  readonly #database: Database;
  readonly #rooms: SqliteRooms;
  readonly #commands: SqliteCommands;
  readonly #messages: SqliteMessages;
  readonly #people: SqlitePeople;
  readonly #trimmer: SqliteTrimmer;
  readonly #begin;
  readonly #commit;
  readonly #dataVersion;
  readonly #insertEntry;
  readonly #updateProbe;
  /** Moves when another connection wrote; then what is remembered here may be wrong. */
  #seenVersion = 0;

  constructor(database: Database, retention: Retention) {
    this.#database = database;
    this.#rooms = new SqliteRooms(database);
    this.#commands = new SqliteCommands(database);
    this.#messages = new SqliteMessages(database);
    this.#people = new SqlitePeople(database);
    this.#trimmer = new SqliteTrimmer(database, retention);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#dataVersion = database.prepare<{ data_version: number }, []>("PRAGMA data_version");
    this.#insertEntry = database.prepare(
      `INSERT INTO log (room, seq, v, kind, author, message, instance, socket, command, created_at, rest)
       VALUES (?, ?, ${envelopeVersion}, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#updateProbe = database.prepare("UPDATE setting SET value = value + 1 WHERE name = 'probe'");
  }

  /** Stores the writes in one transaction; they are durable when it returns. */
  append(writes: readonly Write[], now: number): Appended {
    return this.#transaction(() => {
      const stored = new Set<LogRoom>();
      const outcomes = writes.map((write) =>
        isControl(write) ? this.#control(write, stored) : this.#publish(write, now, stored),
      );
      this.#trimmer.trimLong(stored, writes.length, now);
      return { outcomes, epochs: new Map(Array.from(stored, ({ name, epoch }) => [name, epoch])) };
    });
  }

  /** Not durable by itself: the next commit's sync takes it along. */
  noteSeen(seen: readonly Seen[]): void {
    this.#database.run("PRAGMA synchronous = NORMAL");
    try {
      this.#transaction(() => this.#people.noteSeen(seen));
    } finally {
      this.#database.run("PRAGMA synchronous = FULL");
    }
  }

  installSecret(): Uint8Array {
    const row = this.#database
      .query<{ value: Uint8Array }, []>("SELECT value FROM setting WHERE name = 'install_secret'")
      .get();
    if (!row) throw new Error("the install secret is missing");
    return row.value;
  }

  /** Proves that the disk takes a commit. */
  probe(): void {
    this.#transaction(() => this.#updateProbe.run());
  }

  /** Deletes what has expired, one short transaction per step, so that commits fit in between. */
  *sweep(now: number): Generator<void> {
    while (this.#transaction(() => this.#commands.deleteExpired(now))) yield;
    while (this.#transaction(() => this.#people.deleteLongUnseen(now))) yield;
    for (
      let id = 0, page = this.#trimmer.roomsAfter(0, now);
      page.lastId > id;
      page = this.#trimmer.roomsAfter(id, now)
    ) {
      for (const name of page.due) yield* this.#trim(name, now);
      this.#deleteEmptyRooms(id, page.lastId, now);
      id = page.lastId;
      yield;
    }
  }

  #publish(publish: Publish, now: number, stored: Set<LogRoom>): Outcome {
    const isMade = publish.kind === "chat_message" || publish.kind === "notification";
    const room = isMade ? this.#rooms.open(publish.room) : this.#rooms.find(publish.room);
    if (room === null) return "not_found";
    const { commandId, userId, commandHash } = publish;
    const key = commandId === null ? null : { room: room.id, user: userId, command: commandId };
    const record = key && this.#commands.find(key, now);
    if (record) return record.hash === commandHash ? { epoch: room.epoch, record } : "id_conflict";
    const outcome = isMade ? this.#make(room, publish, stored) : this.#change(room, publish, stored);
    if (key && typeof outcome !== "string") this.#commands.add(key, publish, room.head);
    return outcome;
  }

  #make(room: LogRoom, publish: Publish, stored: Set<LogRoom>): number {
    const seq = this.#enter(room, publish, null, stored);
    this.#messages.insert(room, seq, publish);
    return seq;
  }

  #change(room: LogRoom, publish: Publish, stored: Set<LogRoom>): Outcome {
    const change = this.#messages.change(room, publish);
    if (typeof change === "string") return change;
    if (change === null) return unchanged(room, publish.messageId, publish.createdAt);
    const rest = publish.reaction === undefined ? null : JSON.stringify(publish.reaction);
    return { seq: this.#enter(room, publish, rest, stored), ...change };
  }

  #control({ change, author, messageId }: ControlWrite, stored: Set<LogRoom>): Outcome {
    const isChange = this.#people.apply(change, author.at);
    if (isChange === "too_large") return isChange;
    if (!isChange) return unchanged(this.#rooms.find(controlRoom), messageId, author.at);
    const { userId: authorId, at: createdAt, instance } = author;
    const entry = { kind: change.kind, messageId, authorId, createdAt, instance, socket: 0, commandId: null };
    return this.#enter(this.#rooms.open(controlRoom), entry, restOf(change), stored);
  }

  #enter(room: LogRoom, entry: Entry, rest: string | null, stored: Set<LogRoom>): number {
    const { kind, authorId, messageId, instance, socket, commandId, createdAt } = entry;
    const seq = room.head + 1;
    this.#insertEntry.run(
      room.id,
      seq,
      kind,
      authorId,
      messageId,
      instance,
      socket,
      commandId,
      createdAt,
      rest,
    );
    room.head = seq;
    stored.add(room);
    return seq;
  }

  *#trim(name: string, now: number): Generator<void> {
    while (this.#transaction(() => this.#trimmer.trim(this.#rooms.open(name), now))) yield;
  }

  #deleteEmptyRooms(afterId: number, lastId: number, now: number): void {
    const anyGone = this.#transaction(() => this.#trimmer.deleteEmptyRooms(afterId, lastId, now));
    if (anyGone) this.#rooms.forgetAll();
  }

  #transaction<T>(work: () => T): T {
    this.#begin.run();
    try {
      this.#refresh();
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      this.#rooms.forgetAll();
      if (this.#database.inTransaction) this.#database.run("ROLLBACK");
      throw error;
    }
  }

  #refresh(): void {
    const version = this.#dataVersion.get()?.data_version ?? 0;
    if (version === this.#seenVersion) return;
    this.#rooms.forgetAll();
    this.#commands.load();
    this.#seenVersion = version;
  }
}

const unchanged = (room: LogRoom | null, messageId: string, createdAt: number): Repeated => ({
  epoch: room?.epoch ?? "",
  record: { seq: room?.head ?? 0, messageId, createdAt },
});

import type { Database } from "bun:sqlite";
import { PageWiper } from "./page-wiper.ts";
import { busyTimeoutMs } from "./sqlite-schema.ts";
import { WalIndex } from "./wal-index.ts";

/**
 * The WAL is moved into the database when it has so many pages, about 16 MiB. Commits wait for that 3 to 4 ms, half as
 * long for a quarter of the pages: hardly anything but the fsyncs counts, since most pages are in the WAL many times.
 */
const walFramesMax = 4000;
/** How long a checkpoint that empties the file waits for readers; the next one tries again. */
const readersMs = 100;
/** So many pages may wait to be wiped. If there are more, all of the file is looked through instead. */
const waitingMax = 20_000;
/** So many pages of the file are looked through in one step (about 10 ms). */
const stepPages = 2000;

/**
 * Moves the WAL into the database file, empties it, and wipes the pages that it held: deleted text is gone from both.
 * What an earlier run left is not known, so that after each start all of the file is looked through once.
 */
export class SqliteCheckpoint {
  readonly #database: Database;
  readonly #wal: WalIndex;
  readonly #wiper: PageWiper;
  readonly #move;
  readonly #empty;
  readonly #dataVersion;
  readonly #begin;
  readonly #commit;
  /** Pages that were in the WAL and are not wiped yet. */
  readonly #waiting = new Set<number>();
  /** The pages of the file before this one have been looked at. */
  #nextPage = 1;
  #tryAtFrames = walFramesMax;

  constructor(database: Database, path: string) {
    const pageBytes = database.query<{ page_size: number }, []>("PRAGMA page_size").get()?.page_size ?? 0;
    this.#database = database;
    this.#wal = new WalIndex(path);
    this.#wiper = new PageWiper(path, pageBytes);
    this.#move = database.prepare("PRAGMA wal_checkpoint(PASSIVE)");
    this.#empty = database.prepare<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#dataVersion = database.prepare<{ data_version: number }, []>("PRAGMA data_version");
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
  }

  /**
   * Called before each commit. Keeps the WAL from growing, but leaves the file as it is: the next commit writes it anew
   * in place, which is cheaper than to let it grow again. Waits for no reader: while one or a fault is in the way, tries
   * again when the WAL has grown as much again. The next sweep wipes, since commits wait for this.
   */
  runIfLong(): void {
    const { frames } = this.#wal;
    if (frames < walFramesMax) this.#tryAtFrames = walFramesMax;
    else if (frames >= this.#tryAtFrames) this.#moveWal();
  }

  #moveWal(): void {
    this.#tryAtFrames += walFramesMax;
    this.#collect();
    this.#move.run();
  }

  /** False: a reader was in the way, and what was to be done is done by the next one. */
  run(): boolean {
    this.#collect();
    const version = this.#version();
    if (!this.#emptyWal()) return false;
    return this.#wipe(version, this.#waiting, () => this.#waiting.clear());
  }

  /** The same, and looks through the file, one short step at a time. */
  *sweep(): Generator<void> {
    for (;;) {
      const version = this.#version();
      if (!this.run() || this.#nextPage > this.#wiper.pages) return;
      const end = Math.min(this.#nextPage + stepPages, this.#wiper.pages + 1);
      this.#wipe(version, range(this.#nextPage, end), () => {
        this.#nextPage = end;
      });
      yield;
    }
  }

  /** Closes the database as well, in the only order that keeps its locks until then. */
  close(): void {
    try {
      this.run();
    } finally {
      this.#database.close();
      this.#wiper.close();
      this.#wal.close();
    }
  }

  /** Before the WAL is emptied, and also when that then fails: what follows may begin it anew. */
  #collect(): void {
    const isRemembered = this.#wal.frames <= waitingMax;
    if (isRemembered) for (const page of this.#wal.pages()) this.#waiting.add(page);
    if (isRemembered && this.#waiting.size <= waitingMax) return;
    this.#waiting.clear();
    this.#nextPage = 1;
  }

  #emptyWal(): boolean {
    this.#database.run(`PRAGMA busy_timeout = ${readersMs}`);
    try {
      return this.#empty.get()?.busy === 0;
    } finally {
      this.#database.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    }
  }

  /** Another once a connection that is not this one has written. */
  #version(): number {
    return this.#dataVersion.get()?.data_version ?? 0;
  }

  /**
   * Wipes while nobody, also of another program, can write these pages: the write lock is ours, and all of the WAL was
   * moved, unless somebody wrote since `version`: then false. Cached pages still have their gaps: they are dropped.
   */
  #wipe(version: number, pages: Iterable<number>, onWiped: () => void): boolean {
    let wiped = 0;
    this.#begin.run();
    try {
      if (this.#version() !== version) return false;
      wiped = this.#wiper.wipe(pages);
      onWiped();
    } finally {
      this.#commit.run();
    }
    if (wiped > 0) this.#database.run("PRAGMA shrink_memory");
    return true;
  }
}

function* range(start: number, end: number): Generator<number> {
  for (let page = start; page < end; page++) yield page;
}

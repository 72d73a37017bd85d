import type { Seen } from "../chat/engine-people.ts";
import { asUnusable, EngineUnusable } from "./engine-unusable.ts";
import { SqliteCheckpoint } from "./sqlite-checkpoint.ts";
import { type Appended, SqliteLog } from "./sqlite-log.ts";
import { openDatabase } from "./sqlite-schema.ts";
import type { Retention } from "./sqlite-trimmer.ts";
import type { Write } from "./write.ts";

/** What the main thread may ask, and what each is answered with. */
export interface WriterCalls {
  /** Answers the install secret. */
  open(path: string, retention: Retention): Uint8Array;
  /** `writes` is JSON text: one string crosses threads for half the price of as many objects. */
  append(writes: string, now: number): Appended;
  noteSeen(seen: readonly Seen[]): void;
  /** Durable: proves that the disk takes a commit, not only that the thread answers. */
  probe(isDurable: boolean): void;
  /** Does one short step of a sweep; true when the sweep is done. */
  sweep(now: number): boolean;
  close(): void;
}

export type WriterRequest = { readonly name: keyof WriterCalls; readonly args: readonly unknown[] };

export type WriterReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly isUnusable: boolean };

/** The only writing connection, in a Worker, so that no fsync stalls a socket. */
class SqliteWriter implements WriterCalls {
  #parts: { readonly log: SqliteLog; readonly checkpoint: SqliteCheckpoint } | null = null;
  #sweep: Generator<void> | null = null;

  open(path: string, retention: Retention): Uint8Array {
    try {
      const database = openDatabase(path);
      const log = new SqliteLog(database, retention);
      log.probe();
      this.#parts = { log, checkpoint: new SqliteCheckpoint(database, path) };
      return log.installSecret();
    } catch (error) {
      throw asUnusable(path, error);
    }
  }

  append(writes: string, now: number): Appended {
    const parsed = JSON.parse(writes) as Write[];
    this.#opened.checkpoint.runIfLong();
    return this.#opened.log.append(parsed, now);
  }

  noteSeen(seen: readonly Seen[]): void {
    this.#opened.checkpoint.runIfLong();
    this.#opened.log.noteSeen(seen);
  }

  probe(isDurable: boolean): void {
    if (isDurable) this.#opened.log.probe();
  }

  sweep(now: number): boolean {
    this.#opened.checkpoint.runIfLong();
    const sweep = this.#sweep ?? this.#startSweep(now);
    this.#sweep = null;
    const isDone = sweep.next().done === true;
    if (!isDone) this.#sweep = sweep;
    return isDone;
  }

  close(): void {
    this.#parts?.checkpoint.close();
  }

  *#startSweep(now: number): Generator<void> {
    yield* this.#opened.log.sweep(now);
    yield* this.#opened.checkpoint.sweep();
  }

  get #opened() {
    if (!this.#parts) throw new Error("the database is not open");
    return this.#parts;
  }
}

/** Serves requests one by one in order of arrival, each with one reply. */
function serve(port: Worker, calls: Record<keyof WriterCalls, (...args: never[]) => unknown>): void {
  port.onmessage = ({ data }: MessageEvent<WriterRequest>) => {
    port.postMessage(answer(() => calls[data.name](...(data.args as never[]))));
  };
}

function answer(call: () => unknown): WriterReply {
  try {
    return { ok: true, value: call() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, message, isUnusable: error instanceof EngineUnusable };
  }
}

declare const self: Worker;
serve(self, new SqliteWriter());

import type { Database } from "bun:sqlite";
import type { ControlChange, Seen } from "../chat/engine-people.ts";
import { limits } from "../protocol/limits.ts";

const sliceRows = 2000;
/** Nobody asks when somebody was there who has not been for a year. */
export const seenTtlMs = 366 * 24 * 60 * 60_000;

/** What is written of people: memberships, blocks, and when they were last seen. */
export class SqlitePeople {
  readonly #isMember;
  readonly #decide;
  readonly #hasBlock;
  readonly #countBlocks;
  readonly #block;
  readonly #unblock;
  readonly #noteSeen;
  readonly #deleteSeen;

  constructor(database: Database) {
    this.#isMember = database.prepare<unknown, [string, string]>(
      "SELECT 1 FROM membership WHERE room = ? AND user = ? AND is_member = 1",
    );
    this.#decide = database.prepare<unknown, [string, string, number, number]>(
      "INSERT OR REPLACE INTO membership (room, user, is_member, changed_at) VALUES (?, ?, ?, ?)",
    );
    this.#hasBlock = database.prepare<unknown, [string, string]>(
      "SELECT 1 FROM block WHERE user = ? AND other = ?",
    );
    this.#countBlocks = database.prepare<{ n: number }, [string]>(
      "SELECT count(*) AS n FROM block WHERE user = ?",
    );
    this.#block = database.prepare<unknown, [string, string, number]>("INSERT INTO block VALUES (?, ?, ?)");
    this.#unblock = database.prepare<unknown, [string, string]>(
      "DELETE FROM block WHERE user = ? AND other = ?",
    );
    this.#noteSeen = database.prepare<unknown, [string, number]>(
      "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
    );
    this.#deleteSeen = database.prepare<unknown, [number, number]>(
      "DELETE FROM seen WHERE user IN (SELECT user FROM seen WHERE at < ? LIMIT ?)",
    );
  }

  /** Whether it changes anything. A removal always does: its time beats the tokens issued until now. */
  apply(change: ControlChange, at: number): boolean | "too_large" {
    switch (change.kind) {
      case "member_added":
        if (this.#isMember.get(change.room, change.userId) !== null) return false;
        this.#decide.run(change.room, change.userId, 1, at);
        return true;
      case "member_removed":
        this.#decide.run(change.room, change.userId, 0, at);
        return true;
      case "block_added":
        return this.#addBlock(change.userId, change.otherId, at);
      case "block_removed":
        return this.#unblock.run(change.userId, change.otherId).changes > 0;
      case "user_disconnected":
      case "session_moved":
        return true;
      default:
        return change satisfies never;
    }
  }

  noteSeen(seen: readonly Seen[]): void {
    for (const { userId, at } of seen) this.#noteSeen.run(userId, at);
  }

  /** Deletes one slice; false when there was none. */
  deleteLongUnseen(now: number): boolean {
    return this.#deleteSeen.run(now - seenTtlMs, sliceRows).changes > 0;
  }

  #addBlock(userId: string, otherId: string, at: number): boolean | "too_large" {
    if (this.#hasBlock.get(userId, otherId) !== null) return false;
    if ((this.#countBlocks.get(userId)?.n ?? 0) >= limits.blocks) return "too_large";
    this.#block.run(userId, otherId, at);
    return true;
  }
}

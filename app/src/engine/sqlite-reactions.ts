import type { Database } from "bun:sqlite";
import type { Publish, Reaction } from "../chat/engine.ts";
import { limits } from "../protocol/limits.ts";

type Key = [user: string, room: number, seq: number, emoji: string];
type EmojiKey = [room: number, seq: number, emoji: string];

/** Reactions to messages, named by their place in the log, and how many there are of each kind. */
export class SqliteReactions {
  readonly #has;
  readonly #emojis;
  readonly #insert;
  readonly #countUp;
  readonly #delete;
  readonly #countDown;
  readonly #deleteUnused;
  readonly #deleteAll;
  readonly #deleteCounts;

  constructor(database: Database) {
    this.#has = database.prepare<unknown, Key>(
      "SELECT 1 FROM reaction WHERE user = ? AND room = ? AND seq = ? AND emoji = ?",
    );
    this.#emojis = database.prepare<{ emoji: string }, [number, number]>(
      "SELECT emoji FROM reaction_count WHERE room = ? AND seq = ?",
    );
    this.#insert = database.prepare<unknown, [...Key, string, string | null, number]>(
      `INSERT INTO reaction (user, room, seq, emoji, user_name, user_image, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#countUp = database.prepare<unknown, [...EmojiKey, number | bigint]>(
      `INSERT INTO reaction_count (room, seq, emoji, count, first_id) VALUES (?, ?, ?, 1, ?)
       ON CONFLICT DO UPDATE SET count = count + 1`,
    );
    this.#delete = database.prepare<unknown, Key>(
      "DELETE FROM reaction WHERE user = ? AND room = ? AND seq = ? AND emoji = ?",
    );
    this.#countDown = database.prepare<unknown, EmojiKey>(
      "UPDATE reaction_count SET count = count - 1 WHERE room = ? AND seq = ? AND emoji = ?",
    );
    this.#deleteUnused = database.prepare<unknown, EmojiKey>(
      "DELETE FROM reaction_count WHERE room = ? AND seq = ? AND emoji = ? AND count = 0",
    );
    this.#deleteAll = database.prepare<unknown, [number, number]>(
      "DELETE FROM reaction WHERE room = ? AND seq = ?",
    );
    this.#deleteCounts = database.prepare<unknown, [number, number]>(
      "DELETE FROM reaction_count WHERE room = ? AND seq = ?",
    );
  }

  /** Whether it changes anything. */
  apply(room: number, seq: number, publish: Publish): boolean | "too_large" {
    if (publish.reaction === undefined) throw new Error("a reaction without an emoji");
    const { emoji, action } = publish.reaction satisfies Reaction;
    const isThere = this.#has.get(publish.userId, room, seq, emoji) !== null;
    if (isThere === (action === "add")) return false;
    return isThere ? this.#remove([room, seq, emoji], publish) : this.#add([room, seq, emoji], publish);
  }

  deleteOf(room: number, seq: number): void {
    this.#deleteAll.run(room, seq);
    this.#deleteCounts.run(room, seq);
  }

  #add(key: EmojiKey, { userId, authorName, authorImage, createdAt }: Publish): true | "too_large" {
    const [room, seq, emoji] = key;
    const emojis = this.#emojis.all(room, seq);
    if (emojis.length >= limits.emojisPerMessage && !emojis.some((used) => used.emoji === emoji))
      return "too_large";
    const { lastInsertRowid } = this.#insert.run(userId, ...key, authorName, authorImage, createdAt);
    this.#countUp.run(...key, lastInsertRowid);
    return true;
  }

  #remove(key: EmojiKey, { userId }: Publish): true {
    this.#delete.run(userId, ...key);
    this.#countDown.run(...key);
    this.#deleteUnused.run(...key);
    return true;
  }
}

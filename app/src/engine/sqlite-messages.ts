import type { Database } from "bun:sqlite";
import type { Publish } from "../chat/engine.ts";
import { SqliteReactions } from "./sqlite-reactions.ts";
import type { LogRoom } from "./sqlite-rooms.ts";

interface MessageRow {
  readonly room: number;
  readonly seq: number;
  readonly author: string;
  readonly kind: string;
}

/** What the event of a change shows besides what was asked for. */
export interface Change {
  readonly messageAuthorId: string | null;
  readonly metaJson: string | null;
}

export type ChangeRefusal = "not_found" | "forbidden" | "too_large";

/** The message records: who wrote one is said by the log entry that made it. */
export class SqliteMessages {
  readonly #reactions: SqliteReactions;
  readonly #insert;
  readonly #find;
  readonly #update;
  readonly #delete;

  constructor(database: Database) {
    this.#reactions = new SqliteReactions(database);
    this.#insert = database.prepare(
      "INSERT INTO message (id, room, seq, author_name, author_image, content, meta) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#find = database.prepare<MessageRow, [string, number]>(
      `SELECT message.room, message.seq, made.author, made.kind FROM message
       JOIN log AS made ON made.room = message.room AND made.seq = message.seq
       WHERE message.id = ? AND message.room = ?`,
    );
    this.#update = database.prepare<{ meta: string | null }, [string | null, string | null, string, number]>(
      `UPDATE message SET content = ?, meta = coalesce(?, meta), is_edited = 1
       WHERE id = ? AND room = ? RETURNING meta`,
    );
    this.#delete = database.prepare<unknown, [string, number]>(
      "DELETE FROM message WHERE id = ? AND room = ?",
    );
  }

  insert(room: LogRoom, seq: number, publish: Publish): void {
    const { messageId, authorName, authorImage, content, metaJson } = publish;
    this.#insert.run(messageId, room.id, seq, authorName, authorImage, content, metaJson);
  }

  /** Changes the record as the publish says; null: it is so already. */
  change(room: LogRoom, publish: Publish): Change | ChangeRefusal | null {
    const message = this.#find.get(publish.messageId, room.id);
    if (message === null || message.kind === "notification") return "not_found";
    if (publish.kind === "reaction") return this.#react(message, publish);
    if (message.author !== publish.userId && publish.isModerator !== true) return "forbidden";
    return publish.kind === "message_edit" ? this.#edit(message, publish) : this.#remove(message, publish);
  }

  #edit({ room, author }: MessageRow, { content, metaJson, messageId }: Publish): Change {
    const meta = this.#update.get(content, metaJson, messageId, room)?.meta ?? null;
    return { messageAuthorId: author, metaJson: meta };
  }

  #remove({ room, seq }: MessageRow, { messageId }: Publish): Change {
    this.#delete.run(messageId, room);
    this.#reactions.deleteOf(room, seq);
    return { messageAuthorId: null, metaJson: null };
  }

  #react({ room, seq, author }: MessageRow, publish: Publish): Change | "too_large" | null {
    const isChange = this.#reactions.apply(room, seq, publish);
    if (isChange === "too_large") return isChange;
    return isChange ? { messageAuthorId: author, metaJson: null } : null;
  }
}

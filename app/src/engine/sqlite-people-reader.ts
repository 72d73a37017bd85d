import type { Database } from "bun:sqlite";
import type {
  Block,
  Member,
  Membership,
  Page,
  PageBounds,
  Reactor,
  ReactorBounds,
} from "../chat/engine-people.ts";
import { seenTtlMs } from "./sqlite-people.ts";

type MembershipRow = Omit<Membership, "isMember"> & { readonly isMember: number };
type GroupRow = MembershipRow & { readonly room: string };
type ReactorRow = Reactor & { readonly id: number };
type PageOf = [of: string, after: string, limit: number];
type ReactorsOf = [room: number, seq: number, emoji: string, after: number, hidden: string, limit: number];

const membershipColumns = "is_member AS isMember, changed_at AS changedAt";
const reactorColumns =
  "id, emoji, user AS userId, user_name AS userName, user_image AS userImage, created_at AS createdAt";

/** Reads who is a member, who blocks whom, who reacted and who was last seen when. */
export class SqlitePeopleReader {
  readonly #now: () => number;
  readonly #membership;
  readonly #members;
  readonly #groups;
  readonly #blocks;
  readonly #relations;
  readonly #lastSeen;
  readonly #message;
  readonly #reactors;
  readonly #reactorsWith;

  constructor(database: Database, now: () => number) {
    this.#now = now;
    this.#membership = database.prepare<MembershipRow, [string, string]>(
      `SELECT ${membershipColumns} FROM membership WHERE room = ? AND user = ?`,
    );
    this.#members = database.prepare<Member, PageOf>(
      `SELECT user AS userId, changed_at AS addedAt FROM membership
       WHERE room = ? AND is_member = 1 AND user > ? ORDER BY user LIMIT ?`,
    );
    this.#groups = database.prepare<GroupRow, PageOf>(
      `SELECT room, ${membershipColumns} FROM membership WHERE user = ? AND room > ? ORDER BY room LIMIT ?`,
    );
    this.#blocks = database.prepare<Block, PageOf>(
      `SELECT other AS userId, created_at AS createdAt FROM block
       WHERE user = ? AND other > ? ORDER BY other LIMIT ?`,
    );
    this.#relations = database.prepare<{ id: string }, [string, string]>(
      "SELECT other AS id FROM block WHERE user = ? UNION ALL SELECT user FROM block WHERE other = ?",
    );
    this.#lastSeen = database.prepare<{ at: number }, [string, number]>(
      "SELECT at FROM seen WHERE user = ? AND at >= ?",
    );
    this.#message = database.prepare<{ room: number; seq: number }, [string, string]>(
      `SELECT message.room, message.seq FROM message
       JOIN log AS made ON made.room = message.room AND made.seq = message.seq
       WHERE message.id = ? AND message.room = (SELECT id FROM room WHERE name = ?) AND made.kind <> 'notification'`,
    );
    this.#reactors = database.prepare<ReactorRow, ReactorsOf>(
      `SELECT ${reactorColumns} FROM reaction
       WHERE room = ? AND seq = ? AND (emoji, id) > (?, ?) AND user NOT IN (SELECT value FROM json_each(?))
       ORDER BY emoji, id LIMIT ?`,
    );
    this.#reactorsWith = database.prepare<ReactorRow, ReactorsOf>(
      `SELECT ${reactorColumns} FROM reaction
       WHERE room = ? AND seq = ? AND emoji = ? AND id > ? AND user NOT IN (SELECT value FROM json_each(?))
       ORDER BY id LIMIT ?`,
    );
  }

  membership(room: string, userId: string): Membership | null {
    const row = this.#membership.get(room, userId);
    return row && { isMember: row.isMember === 1, changedAt: row.changedAt };
  }

  members(room: string, { after, limit }: PageBounds): Page<Member> {
    return toPage(this.#members.all(room, after ?? "", limit + 1), limit, ({ userId }) => userId);
  }

  groupsOf(userId: string, { after, limit }: PageBounds): Page<Membership & { readonly room: string }> {
    const rows = this.#groups.all(userId, after ?? "", limit + 1);
    const groups = rows.map((row) => ({ ...row, isMember: row.isMember === 1 }));
    return toPage(groups, limit, ({ room }) => room);
  }

  blocksBy(userId: string, { after, limit }: PageBounds): Page<Block> {
    return toPage(this.#blocks.all(userId, after ?? "", limit + 1), limit, (block) => block.userId);
  }

  blockRelations(userId: string): readonly string[] {
    return [...new Set(this.#relations.all(userId, userId).map(({ id }) => id))];
  }

  lastSeen(userId: string): number | null {
    return this.#lastSeen.get(userId, this.#now() - seenTtlMs)?.at ?? null;
  }

  reactors(room: string, messageId: string, bounds: ReactorBounds): Page<Reactor> | null {
    const message = this.#message.get(messageId, room);
    if (message === null) return null;
    const { limit, emoji } = bounds;
    const last = readCursor(bounds.after);
    const hidden = JSON.stringify(bounds.hidden);
    const statement = emoji === null ? this.#reactors : this.#reactorsWith;
    const rows = statement.all(message.room, message.seq, emoji ?? last.emoji, last.id, hidden, limit + 1);
    const { items, next } = toPage(rows, limit, (row) => `${row.id} ${row.emoji}`);
    return { items: items.map(({ id: _id, ...reactor }) => reactor), next };
  }
}

/** The rows up to the limit; one beyond it says that there are more. */
function toPage<T>(rows: readonly T[], limit: number, cursorOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** The last reaction of the page before. A text that is no cursor is the beginning. */
function readCursor(after: string | null): { readonly id: number; readonly emoji: string } {
  const [, id = "0", emoji = ""] = /^(\d{1,15}) (.*)$/s.exec(after ?? "") ?? [];
  return { id: Number(id), emoji };
}

import {
  type Block,
  controlRoom,
  type Member,
  type Membership,
  type Page,
  type PageBounds,
  type Seen,
} from "../chat/engine-people.ts";
import type { RedisKeys } from "./keys.ts";
import type { RedisScripts } from "./redis-scripts.ts";
import { seenTtlMs } from "./sqlite-people.ts";

/** Who is a member, who blocks whom and who was last seen when, in Redis. Rejects where Redis does. */
export class RedisPeople {
  readonly #scripts: RedisScripts;
  readonly #keys: RedisKeys;
  readonly #control: string;

  constructor(scripts: RedisScripts, keys: RedisKeys) {
    this.#scripts = scripts;
    this.#keys = keys;
    this.#control = keys.control(controlRoom);
  }

  async membership(room: string, userId: string): Promise<Membership | null> {
    const value = await this.#scripts.call("HGET", `${this.#control}members:${room}`, userId);
    return value === null ? null : readMembership(String(value));
  }

  async members(room: string, bounds: PageBounds): Promise<Page<Member>> {
    const keys = [`${this.#control}added:${room}`, `${this.#control}members:${room}`];
    return this.#page(keys, bounds, (userId, value) => ({
      userId,
      addedAt: readMembership(value).changedAt,
    }));
  }

  async groupsOf(userId: string, bounds: PageBounds): Promise<Page<Membership & { readonly room: string }>> {
    const groups = `${this.#control}groups:${userId}`;
    const field = [`${this.#control}members:`, userId];
    return this.#page([groups, groups], bounds, (room, value) => ({ room, ...readMembership(value) }), field);
  }

  async blocksBy(userId: string, bounds: PageBounds): Promise<Page<Block>> {
    const keys = [`${this.#control}blocked:${userId}`, `${this.#control}blocks:${userId}`];
    return this.#page(keys, bounds, (other, value) => ({ userId: other, createdAt: Number(value) }));
  }

  async blockRelations(userId: string): Promise<readonly string[]> {
    const lists = await Promise.all([
      this.#scripts.call("HKEYS", `${this.#control}blocks:${userId}`),
      this.#scripts.call("SMEMBERS", `${this.#control}blockers:${userId}`),
    ]);
    return [...new Set((lists as string[][]).flat())];
  }

  async noteSeen(seen: readonly Seen[]): Promise<void> {
    await Promise.all(
      seen.map(({ userId, at }) => this.#scripts.run("noteSeen", [this.#keys.seen(userId)], [at, seenTtlMs])),
    );
  }

  async lastSeen(userId: string): Promise<number | null> {
    const at = (await this.#scripts.call("GET", this.#keys.seen(userId))) as string | null;
    return at === null || Number(at) < Date.now() - seenTtlMs ? null : Number(at);
  }

  /** One beyond the limit says that there are more. */
  async #page<T>(
    keys: readonly string[],
    { after, limit }: PageBounds,
    read: (member: string, value: string) => T,
    [prefix = "", field = ""]: readonly string[] = [],
  ): Promise<Page<T>> {
    const from = after === null ? "-" : `(${after}`;
    const flat = (await this.#scripts.run("people", keys, [from, limit + 1, prefix, field])) as string[];
    const pairs = Array.from({ length: flat.length / 2 }, (_, index) => flat.slice(index * 2, index * 2 + 2));
    const items = pairs.slice(0, limit).map(([member = "", value = ""]) => read(member, value));
    return { items, next: pairs.length > limit ? (pairs[limit - 1]?.[0] ?? null) : null };
  }
}

/** `1 <at>` of a member, `0 <at>` of one who was removed. */
const readMembership = (value: string): Membership => ({
  isMember: value.startsWith("1"),
  changedAt: Number(value.slice(2)),
});

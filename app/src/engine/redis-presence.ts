import type { User } from "../chat/identity.ts";
import { decodePresent, encodePresent, type Present } from "./instance-news.ts";
import type { RedisKeys } from "./keys.ts";
import type { RedisLeases } from "./redis-leases.ts";
import type { RedisScripts } from "./redis-scripts.ts";

/** How long it is remembered who has left, ms. */
export const leftForMs = 5000;
/** How long a room's version outlives its last user: whoever follows the room has looked by then. */
const emptyForMs = 30_000;
/** Users of one room whom one message tells of. */
const usersAtOnce = 100;
/** Of so many may Redis hold something else until the next look; past that everything is said again. */
const doubtsMaxDefault = 10_000;

interface PresenceSurroundings {
  readonly scripts: RedisScripts;
  readonly keys: RedisKeys;
  readonly leases: RedisLeases;
  failed(error: unknown): void;
}

/** What this instance says of its users, room by room, in Redis and to whoever listens. */
export class RedisPresence {
  readonly #around: PresenceSurroundings;
  readonly #doubtsMax: number;
  /** By room and user. Almost everybody is there in one session, and stands for themselves. */
  readonly #rooms = new Map<string, Map<string, User | Present>>();
  readonly #doubts = new Map<string, Map<string, User>>();
  #doubtCount = 0;

  constructor(around: PresenceSurroundings, doubtsMax = doubtsMaxDefault) {
    this.#around = around;
    this.#doubtsMax = doubtsMax;
  }

  get isEmpty(): boolean {
    return this.#rooms.size === 0 && this.#doubtCount === 0;
  }

  /** Null: has left. */
  set(room: string, user: User, sessions: number | null): void {
    this.#note(room, user, sessions);
    const lease = this.#around.leases.current;
    const isFirst = sessions !== null && this.#rooms.get(room)?.size === 1;
    if (lease === null) this.#doubt(room, [user]);
    else void this.#say(lease, room, [{ user, sessions }], isFirst);
  }

  #note(room: string, user: User, sessions: number | null): void {
    const users = this.#rooms.get(room) ?? new Map<string, User | Present>();
    if (sessions === null) users.delete(user.id);
    else users.set(user.id, sessions === 1 ? user : { user, sessions });
    if (users.size === 0) this.#rooms.delete(room);
    else this.#rooms.set(room, users);
  }

  /** Under a new lease: says again who is here. */
  async restore(lease: string): Promise<void> {
    this.#doubts.clear();
    this.#doubtCount = 0;
    for (const room of [...this.#rooms.keys()]) await this.#sayRoom(lease, room);
  }

  /** Redis has forgotten something of a room. */
  async restoreRoom(room: string): Promise<void> {
    const lease = this.#around.leases.current;
    if (lease !== null) await this.#sayRoom(lease, room);
  }

  /** Each part as it is when it is said. */
  async #sayRoom(lease: string, room: string): Promise<void> {
    const ids = [...(this.#rooms.get(room)?.keys() ?? [])];
    while (ids.length > 0 && this.#around.leases.current === lease) {
      const said = ids.splice(-usersAtOnce).flatMap((id) => this.#presentIn(room, id) ?? []);
      if (said.length > 0) await this.#say(lease, room, said, true);
    }
  }

  #presentIn(room: string, userId: string): Present | undefined {
    const known = this.#rooms.get(room)?.get(userId);
    return known === undefined || "sessions" in known ? known : { user: known, sessions: 1 };
  }

  /** `isEntered`: the room may not be among those of the lease. */
  async #say(lease: string, room: string, said: readonly Present[], isEntered: boolean): Promise<void> {
    const { scripts, keys } = this.#around;
    try {
      await Promise.all([
        isEntered ? scripts.call("sadd", keys.roomsUnder(lease), room) : null,
        scripts.run("presence", keysOf(keys, room), [lease, ...this.#telling(room), ...said.flatMap(rowOf)]),
        this.#rooms.has(room) ? null : scripts.call("srem", keys.roomsUnder(lease), room),
      ]);
    } catch (error) {
      this.#doubt(
        room,
        said.map(({ user }) => user),
      );
      this.#around.failed(error);
    }
  }

  #telling(room: string) {
    return [this.#around.scripts.publishCommand, this.#around.keys.channel(room), leftForMs, emptyForMs];
  }

  /** Sees to it that Redis holds what is here. Called after each look. */
  async settleDoubts(): Promise<void> {
    const lease = this.#around.leases.current;
    if (lease === null) return;
    const doubts = [...this.#doubts];
    this.#doubts.clear();
    this.#doubtCount = 0;
    for (const [room, users] of doubts) {
      const said = [...users.values()].map(
        (user) => this.#presentIn(room, user.id) ?? { user, sessions: null },
      );
      while (said.length > 0) await this.#say(lease, room, said.splice(-usersAtOnce), true);
    }
  }

  #doubt(room: string, users: readonly User[]): void {
    const known = this.#doubts.get(room) ?? new Map<string, User>();
    for (const user of users) known.set(user.id, user);
    this.#doubts.set(room, known);
    this.#doubtCount += users.length;
    if (this.#doubtCount <= this.#doubtsMax) return;
    this.#doubts.clear();
    this.#doubtCount = 0;
    this.#around.leases.renounce();
  }

  /** Another instance is gone, or this one's former lease: whoever was there under it has left, and everybody hears of it. */
  async clear(lease: string): Promise<void> {
    const { scripts, keys } = this.#around;
    const rooms = keys.roomsUnder(lease);
    const some = () => scripts.call("srandmember", rooms, usersAtOnce) as Promise<string[]>;
    for (let names = await some(); names.length > 0; names = await some())
      for (const room of names) {
        await this.#clearRoom(lease, room);
        await scripts.call("srem", rooms, room);
      }
  }

  async #clearRoom(lease: string, room: string): Promise<void> {
    const { scripts, keys } = this.#around;
    const present = await this.#readUnder(lease, keys.presence(room));
    while (present.length > 0) {
      const left = present.splice(-usersAtOnce).map(({ user }) => ({ user, sessions: null }));
      await scripts.run("presence", keysOf(keys, room), [
        lease,
        ...this.#telling(room),
        ...left.flatMap(rowOf),
      ]);
    }
  }

  async #readUnder(lease: string, key: string): Promise<Present[]> {
    const present: Present[] = [];
    for (let cursor = "0", isBegun = false; cursor !== "0" || !isBegun; isBegun = true) {
      const page = await this.#around.scripts.call("hscan", key, cursor, "MATCH", `${lease}*`, "COUNT", 1000);
      const [next, fields] = page as [string, string[]];
      for (let index = 1; index < fields.length; index += 2) present.push(decodePresent(fields[index] ?? ""));
      cursor = next;
    }
    return present;
  }
}

export const keysOf = (keys: RedisKeys, room: string): string[] => [keys.presence(room), keys.leftOf(room)];

const rowOf = (present: Present): string[] => [
  present.user.id,
  present.sessions === null ? "" : "1",
  encodePresent(present),
];

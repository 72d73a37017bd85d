import type { Clock } from "../chat/clock.ts";
import type { InstancesListener, PresenceChange } from "../chat/engine-instances.ts";
import { decodePresent, type PresenceNews } from "./instance-news.ts";
import type { RedisKeys } from "./keys.ts";
import type { RedisLeases } from "./redis-leases.ts";
import { keysOf, leftForMs } from "./redis-presence.ts";
import type { RedisScripts } from "./redis-scripts.ts";

/** After so many looks, one a second, each room's version was compared. */
const looksPerRound = 8;
/** How long a message may be on its way before it counts as lost. */
const lateMs = 500;
/** News that wait for what is read meanwhile, per room. */
const heldMaxDefault = 10_000;

/** Of one room that is subscribed. */
interface FollowedRoom {
  /** Of the newest news that were told; null: none were, and nothing was read. */
  version: number | null;
  readers: number;
  /** The least that was read since somebody reads. */
  readVersion: number;
  /** What came while somebody reads: whether that is newer, its version says. */
  held: PresenceNews[];
}

interface Read {
  readonly version: number;
  readonly changes: readonly PresenceChange[];
}

interface ReaderSurroundings {
  readonly scripts: RedisScripts;
  readonly keys: RedisKeys;
  readonly leases: RedisLeases;
  readonly clock: Clock;
  /** Redis has forgotten something of a room. */
  lost(room: string): void;
  failed(error: unknown): void;
}

type Told = Pick<InstancesListener, "presenceChanged" | "presenceRead">;

/** What other instances say of who is in a room. Their news may be lost: then the room is read again. */
export class RedisPresenceReader {
  readonly #around: ReaderSurroundings;
  readonly #listener: () => Told | null;
  readonly #heldMax: number;
  readonly #rooms = new Map<string, FollowedRoom>();
  readonly #stale = new Set<string>();
  #round: Iterator<string, undefined> = new Map<string, never>().keys();

  constructor(around: ReaderSurroundings, listener: () => Told | null, heldMax = heldMaxDefault) {
    this.#around = around;
    this.#listener = listener;
    this.#heldMax = heldMax;
  }

  /** `isFollowed`: the room is subscribed, and news of it are told. Rejects where Redis does. */
  async read(room: string, isFollowed: boolean): Promise<readonly PresenceChange[]> {
    const read = isFollowed ? this.#readFollowed(room, this.#follow(room), () => {}) : this.#ask(room);
    return (await read).changes;
  }

  unfollow(room: string): void {
    this.#rooms.delete(room);
    this.#stale.delete(room);
  }

  #follow(room: string): FollowedRoom {
    const followed = this.#rooms.get(room) ?? { version: null, readers: 0, readVersion: 0, held: [] };
    this.#rooms.set(room, followed);
    return followed;
  }

  heard(room: string, news: PresenceNews): void {
    const followed = this.#follow(room);
    if (followed.readers === 0) this.#take(room, followed, news);
    else if (followed.held.length < this.#heldMax) followed.held.push(news);
    else this.#stale.add(room);
  }

  #take(room: string, followed: FollowedRoom, news: PresenceNews): void {
    const { version } = followed;
    if (version !== null && news.version <= version) return;
    if (version !== null && news.version > version + 1) return void this.#readAgain(room, followed);
    followed.version = news.version;
    if (!this.#around.leases.isOwn(news.lease)) this.#tell(room, news);
  }

  #tell(room: string, { lease, said }: PresenceNews): void {
    for (const present of said) {
      if (present.sessions !== null) this.#around.leases.heard(lease);
      this.#listener()?.presenceChanged(room, { instance: lease, ...present });
    }
  }

  /** Whoever reads is given the answer first, and then what is newer. */
  async #readFollowed(room: string, followed: FollowedRoom, use: (read: Read) => void): Promise<Read> {
    if (followed.readers === 0) followed.readVersion = Number.POSITIVE_INFINITY;
    followed.readers += 1;
    this.#stale.delete(room);
    try {
      const read = await this.#ask(room);
      followed.readVersion = Math.min(followed.readVersion, read.version);
      if (this.#rooms.get(room) === followed) use(read);
      return read;
    } finally {
      followed.readers -= 1;
      if (followed.readers === 0 && this.#rooms.get(room) === followed) this.#takeHeld(room, followed);
    }
  }

  #takeHeld(room: string, followed: FollowedRoom): void {
    if (followed.readVersion < Number.POSITIVE_INFINITY) followed.version = followed.readVersion;
    for (const news of followed.held.splice(0)) this.heard(room, news);
  }

  async #readAgain(room: string, followed: FollowedRoom): Promise<void> {
    try {
      await this.#readFollowed(room, followed, ({ changes }) =>
        this.#listener()?.presenceRead(room, changes),
      );
    } catch (error) {
      if (this.#rooms.get(room) === followed) this.#stale.add(room);
      this.#around.failed(error);
    }
  }

  async #ask(room: string): Promise<Read> {
    const { scripts, keys, leases } = this.#around;
    const args = [leftForMs, ...leases.own];
    const [version, ...rows] = (await scripts.run("presenceRead", keysOf(keys, room), args)) as [
      number,
      ...string[],
    ];
    const changes: PresenceChange[] = [];
    for (let index = 0; index < rows.length; index += 2) {
      const [instance = "", text = ""] = rows.slice(index, index + 2);
      const present = decodePresent(text);
      if (present.sessions !== null) leases.heard(instance);
      changes.push({ instance, ...present });
    }
    return { version, changes };
  }

  /** Looks whether news were lost after which none came. Called after each look. */
  async poll(): Promise<void> {
    for (const room of [...this.#stale]) void this.#readAgain(room, this.#follow(room));
    const rooms = this.#nextOfRound();
    if (rooms.length > 0) await this.#compareAll(rooms);
  }

  /** The share of all rooms that is looked at this time. */
  #nextOfRound(): string[] {
    const rooms: string[] = [];
    for (let count = Math.ceil(this.#rooms.size / looksPerRound); count > 0; count -= 1) {
      let next = this.#round.next();
      if (next.done === true) {
        this.#round = this.#rooms.keys();
        next = this.#round.next();
      }
      if (next.done !== true) rooms.push(next.value);
    }
    return rooms;
  }

  async #compareAll(rooms: readonly string[]): Promise<void> {
    const { scripts, keys, clock } = this.#around;
    const known = rooms.map((room) => this.#rooms.get(room)?.version ?? null);
    const names = rooms.map((room) => keys.presence(room));
    const versions = await scripts.runOverAll("presenceVersions", names, [], (answer) =>
      answer.split(" ").map(Number),
    );
    const behind = new Map<string, number>();
    for (const [index, room] of rooms.entries()) {
      const version = versions[index];
      if (version !== undefined && this.#isBehind(room, known[index] ?? null, version))
        behind.set(room, version);
    }
    if (behind.size > 0) clock.after(lateMs, () => this.#expect(behind));
  }

  /** True: news are on their way, or lost. `known`: the version when the other one was asked for. */
  #isBehind(room: string, known: number | null, version: number): boolean {
    const followed = this.#rooms.get(room);
    if (followed === undefined || followed.version === null || followed.readers > 0) return false;
    if (known !== null && version < known) {
      this.#around.lost(room);
      void this.#readAgain(room, followed);
    }
    return version > followed.version;
  }

  #expect(versions: ReadonlyMap<string, number>): void {
    for (const [room, version] of versions) {
      const followed = this.#rooms.get(room);
      if (followed === undefined || followed.readers > 0 || (followed.version ?? 0) >= version) continue;
      void this.#readAgain(room, followed);
    }
  }
}

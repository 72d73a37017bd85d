import type { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import type { Hub } from "./hub.ts";
import type { User } from "./identity.ts";
import { newestUser } from "./newest-user.ts";
import { PresenceNews } from "./presence-news.ts";
import { type Lingering, PresenceRoom } from "./presence-room.ts";
import type { RoomFeed } from "./room-feed.ts";

/** How long a user may be without a joined socket before the others are told. */
const graceMs = 5000;

/** So many leaves are told at a time, and the next so much later, so that a crowd that leaves at once stalls nobody. */
const endsAtOnce = 200;
const endsEveryMs = 20;

/** A sweep that comes so late follows a pause of the process: who came back meanwhile is let in first. */
const pauseMs = 2000;

const lingeringMaxDefault = 100_000;

type Surroundings = Pick<Hub, "feeds" | "people" | "blocks">;

/** A user in a room, and in how many sessions: 0 is one who has just left and may be back. */
interface PresentUser {
  readonly user: User;
  readonly connections: number;
}

/** Nobody is told who reads notifications. */
export const hasPresence = (room: string): boolean => !room.startsWith("notifications:");

/**
 * Who is in which room: users, whatever sockets they have. Who leaves a room lingers there for the grace, counted and
 * listed as before, so that nobody hears of a reconnect, a handover or a resync.
 */
export class Presence {
  readonly #clock: ChatContext["clock"];
  readonly #hub: Surroundings;
  readonly #news: PresenceNews;
  readonly #lingeringMax: number;
  readonly #rooms = new Map<string, PresenceRoom>();
  /** Of all rooms, in the order in which their grace ends. */
  readonly #lingering = new Set<Lingering>();
  #sweptAt = 0;

  /** Past `lingeringMax` the twentieth part that has been gone for longest leaves early. */
  constructor(
    context: Pick<ChatContext, "clock" | "limits">,
    hub: Surroundings,
    lingeringMax = lingeringMaxDefault,
  ) {
    this.#clock = context.clock;
    this.#hub = hub;
    this.#news = new PresenceNews(context, hub);
    this.#lingeringMax = lingeringMax;
  }

  /** Before the connection becomes a member. */
  entered(feed: RoomFeed, { identity: { user } }: Connection): void {
    if (!hasPresence(feed.room) || this.#isJoined(feed, user.id)) return;
    const room = this.#rooms.get(feed.room) ?? this.#open(feed.room);
    room.joinedCount += 1;
    const lingering = room.take(user.id);
    if (lingering !== undefined) this.#lingering.delete(lingering);
    else this.#news.joined(room, this.#shown(user));
  }

  /** After it has ceased to be one. True: it was the last one there of a user whom others may see there. */
  left(feed: RoomFeed, { identity: { user } }: Connection): boolean {
    const room = this.#rooms.get(feed.room);
    if (room === undefined || this.#isJoined(feed, user.id)) return false;
    room.joinedCount -= 1;
    const lingering = { room, user: this.#shown(user), endsAt: this.#clock.monotonic() + graceMs };
    room.keep(lingering);
    this.#lingering.add(lingering);
    if (this.#lingering.size > this.#lingeringMax) this.#endOldest(Math.ceil(this.#lingeringMax / 20));
    return true;
  }

  /** Tells who has been gone for longer than the grace. Called once a second. */
  sweep(): void {
    const now = this.#clock.monotonic();
    const isAfterPause = now - this.#sweptAt > pauseMs;
    this.#sweptAt = now;
    if (isAfterPause) return;
    for (const lingering of this.#lingering.values().take(endsAtOnce)) {
      if (lingering.endsAt > now) return;
      this.#end(lingering);
    }
    if (this.#lingering.size > 0) this.#clock.after(endsEveryMs, () => this.sweep());
  }

  total(room: string): number {
    return this.#rooms.get(room)?.total ?? 0;
  }

  has(room: string, userId: string): boolean {
    const feed = this.#hub.feeds.get(room);
    const isJoined = feed !== undefined && this.#isJoined(feed, userId);
    return isJoined || this.#rooms.get(room)?.hasLingering(userId) === true;
  }

  /** Each user once, those who are leaving last. */
  *users(room: string): Generator<PresentUser> {
    const feed = this.#hub.feeds.get(room);
    if (feed !== undefined) yield* this.#joinedUsers(feed);
    for (const { user } of this.#rooms.get(room)?.lingering ?? [])
      yield { user: this.#shown(user), connections: 0 };
  }

  *#joinedUsers(feed: RoomFeed): Generator<PresentUser> {
    const seen = new Set<string>();
    for (const { identity } of feed.members) {
      const { user } = identity;
      if (seen.has(user.id)) continue;
      seen.add(user.id);
      yield { user: this.#shown(user), connections: this.#sessionsIn(feed, user.id) };
    }
  }

  #open(name: string): PresenceRoom {
    const room = new PresenceRoom(name);
    this.#rooms.set(name, room);
    return room;
  }

  #isJoined(feed: RoomFeed, userId: string): boolean {
    return this.#hub.people.connectionsOf(userId).some((connection) => feed.members.has(connection));
  }

  /** In how many sessions a user has joined a room: a handover's two sockets are one. */
  #sessionsIn(feed: RoomFeed, userId: string): number {
    const joined = this.#hub.people
      .connectionsOf(userId)
      .filter((connection) => feed.members.has(connection));
    return joined.length < 2 ? joined.length : new Set(joined.map(({ session }) => session)).size;
  }

  #shown(user: User): User {
    return newestUser(this.#hub.people.connectionsOf(user.id), user);
  }

  /** Several at once: each search for the oldest passes the places of all that ended before. */
  #endOldest(count: number): void {
    for (const lingering of this.#lingering.values().take(count)) this.#end(lingering);
  }

  #end(lingering: Lingering): void {
    const { room, user } = lingering;
    this.#lingering.delete(lingering);
    room.take(user.id);
    this.#news.left(room, user);
    if (room.total === 0) this.#rooms.delete(room.name);
  }
}

import type { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import type { InstancesListener, PresenceChange } from "./engine-instances.ts";
import type { Hub } from "./hub.ts";
import type { User } from "./identity.ts";
import { newestUser } from "./newest-user.ts";
import { countSessions } from "./people.ts";
import { PresenceElsewhere } from "./presence-elsewhere.ts";
import { PresenceGrace } from "./presence-grace.ts";
import { PresenceNews } from "./presence-news.ts";
import { PresencePlaces } from "./presence-places.ts";
import { PresenceRoom } from "./presence-room.ts";
import type { RoomFeed } from "./room-feed.ts";
import type { Session } from "./session.ts";

type Context = Pick<ChatContext, "engine" | "clock" | "limits" | "log">;
type Surroundings = Pick<Hub, "feeds" | "people" | "blocks">;

/** A user in a room, and in how many sessions: 0 is one who moves, or who has just left and may be back. */
export interface ListedUser {
  readonly user: User;
  readonly connections: number;
}

interface PresenceBounds {
  readonly lingeringMax?: number;
  readonly elsewhereMax?: number;
}

/** Nobody is told who reads notifications. */
export const hasPresence = (room: string): boolean => !room.startsWith("notifications:");

/**
 * Who is in which room: users, whatever sockets they have, on whatever instance. Each instance tells the others of
 * its own users, and each finds out for itself who is in a room anywhere, so that each member is told once. Who leaves
 * a room lingers there for the grace, counted and listed as before, so that nobody hears of a reconnect, a handover
 * or a resync.
 */
export class Presence
  implements Pick<InstancesListener, "presenceChanged" | "presenceRead" | "instanceGone">
{
  readonly #context: Context;
  readonly #hub: Surroundings;
  readonly #news: PresenceNews;
  readonly #grace: PresenceGrace;
  readonly #places: PresencePlaces;
  readonly #rooms = new Map<string, PresenceRoom>();

  constructor(context: Context, hub: Surroundings, { lingeringMax, elsewhereMax }: PresenceBounds = {}) {
    this.#context = context;
    this.#hub = hub;
    this.#news = new PresenceNews(context, hub);
    this.#grace = new PresenceGrace(context.clock, (room, user) => this.#tellLeft(room, user), lingeringMax);
    this.#places = new PresencePlaces(context.log, elsewhereMax);
  }

  /**
   * Before the room has members here: finds out who is there already. What changes meanwhile is told to nobody.
   * Rejects with EngineUnavailable; `closed` follows then as well.
   */
  async opening({ room: name }: RoomFeed): Promise<void> {
    if (!hasPresence(name)) return;
    const room = this.#roomOf(name);
    const elsewhere = new PresenceElsewhere(this.#places);
    room.elsewhere = elsewhere;
    const read = await this.#context.engine.others.presenceElsewhere(name);
    if (room.elsewhere === elsewhere) this.#open(room, elsewhere, read);
  }

  #open(room: PresenceRoom, elsewhere: PresenceElsewhere, read: readonly PresenceChange[]): void {
    const left = elsewhere.finish(read);
    for (const { id } of elsewhere.users()) {
      room.presentCount += 1;
      this.#grace.cancel(room, id);
    }
    for (const user of left) if (!room.hasLingering(user.id)) this.#grace.begin(room, this.#shown(user));
  }

  /** After its last member here has left: what the others said of it is forgotten. */
  closed({ room: name }: RoomFeed): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    room.elsewhere?.forget();
    room.elsewhere = null;
    room.presentCount = 0;
    this.#forgetIfUnused(room);
  }

  /** Before the connection becomes a member. */
  entered(feed: RoomFeed, connection: Connection): void {
    if (!hasPresence(feed.room)) return;
    const { user } = connection.identity;
    const joined = this.#joined(feed, user.id);
    this.#tellInstances(feed, user, joined, [...joined, connection]);
    const room = this.#roomOf(feed.room);
    if (joined.length === 0 && room.elsewhere?.has(user.id) !== true) this.#appeared(room, user);
  }

  /** After it has ceased to be one. True: it was the last one there of a user whom others may see there. */
  left(feed: RoomFeed, connection: Connection): boolean {
    const room = this.#rooms.get(feed.room);
    if (room === undefined) return false;
    const { user } = connection.identity;
    const joined = this.#joined(feed, user.id);
    this.#tellInstances(feed, user, [...joined, connection], joined);
    if (joined.length > 0) return false;
    if (room.elsewhere?.has(user.id) !== true) this.#vanished(room, user);
    return true;
  }

  /** The newest socket of a session is here now, or is here no more. */
  moved({ sockets }: Session): void {
    const user = sockets.at(-1)?.identity.user;
    if (user === undefined) return;
    for (const feed of new Set(sockets.flatMap(({ rooms }) => rooms)))
      if (hasPresence(feed.room)) this.#setPresence(feed, user, this.#joined(feed, user.id));
  }

  /** Of a user's joined sockets, before and after a change. */
  #tellInstances(
    feed: RoomFeed,
    user: User,
    before: readonly Connection[],
    after: readonly Connection[],
  ): void {
    const isElsewhereToo = before.length > 0 && after.length > 0;
    if (!isElsewhereToo || countSessions(before) !== countSessions(after))
      this.#setPresence(feed, user, after);
  }

  #setPresence({ room }: RoomFeed, user: User, joined: readonly Connection[]): void {
    const sessions = joined.length === 0 ? null : countSessions(joined);
    this.#context.engine.others.setPresence(room, this.#shown(user), sessions);
  }

  presenceChanged(name: string, change: PresenceChange): void {
    const room = this.#rooms.get(name);
    const elsewhere = room?.elsewhere ?? null;
    if (room === undefined || elsewhere === null) return;
    if (!elsewhere.isRead) return elsewhere.note(change);
    const wasPresent = this.#isPresent(room, change.user.id);
    elsewhere.note(change);
    const isPresent = this.#isPresent(room, change.user.id);
    if (isPresent && !wasPresent) this.#appeared(room, change.user);
    if (wasPresent && !isPresent) this.#vanished(room, change.user);
  }

  presenceRead(name: string, read: readonly PresenceChange[]): void {
    const missing = this.#rooms.get(name)?.elsewhere?.missingIn(read) ?? [];
    for (const change of [...read, ...missing]) this.presenceChanged(name, change);
  }

  instanceGone(instance: string): void {
    for (const { name, elsewhere } of this.#rooms.values())
      for (const change of elsewhere?.goneWith(instance) ?? []) this.presenceChanged(name, change);
  }

  #appeared(room: PresenceRoom, user: User): void {
    room.presentCount += 1;
    if (!this.#grace.cancel(room, user.id)) this.#news.joined(room, this.#shown(user));
  }

  #vanished(room: PresenceRoom, user: User): void {
    room.presentCount -= 1;
    this.#grace.begin(room, this.#shown(user));
  }

  #tellLeft(room: PresenceRoom, user: User): void {
    this.#news.left(room, user);
    this.#forgetIfUnused(room);
  }

  /** Tells who has been gone for longer than the grace. Called once a second. */
  sweep(): void {
    this.#grace.sweep();
  }

  /** Rooms that are followed here, or in which somebody lingers. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /** Whether all that is to be known of a room is known here. */
  isFollowed(room: string): boolean {
    return this.#rooms.get(room)?.elsewhere?.isRead === true;
  }

  total(room: string): number {
    return this.#rooms.get(room)?.total ?? 0;
  }

  has(name: string, userId: string): boolean {
    const room = this.#rooms.get(name);
    return room !== undefined && (this.#isPresent(room, userId) || room.hasLingering(userId));
  }

  /** Each user once: who is here, who is on other instances, and last who is leaving. */
  *users(name: string): Generator<ListedUser> {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    const feed = this.#hub.feeds.get(name);
    if (feed !== undefined) yield* this.#joinedUsers(feed, room.elsewhere);
    for (const user of room.elsewhere?.users() ?? [])
      if (feed === undefined || this.#joined(feed, user.id).length === 0)
        yield { user: this.#shown(user), connections: room.elsewhere?.sessionsOf(user.id) ?? 0 };
    for (const { user } of room.lingering) yield { user: this.#shown(user), connections: 0 };
  }

  *#joinedUsers(feed: RoomFeed, elsewhere: PresenceElsewhere | null): Generator<ListedUser> {
    const seen = new Set<string>();
    for (const { identity } of feed.members) {
      const { user } = identity;
      if (seen.has(user.id)) continue;
      seen.add(user.id);
      const here = countSessions(this.#joined(feed, user.id));
      yield { user: this.#shown(user), connections: here + (elsewhere?.sessionsOf(user.id) ?? 0) };
    }
  }

  #roomOf(name: string): PresenceRoom {
    const room = this.#rooms.get(name) ?? new PresenceRoom(name);
    this.#rooms.set(name, room);
    return room;
  }

  #forgetIfUnused(room: PresenceRoom): void {
    if (room.isUnused) this.#rooms.delete(room.name);
  }

  #isPresent(room: PresenceRoom, userId: string): boolean {
    if (room.elsewhere?.has(userId)) return true;
    const feed = this.#hub.feeds.get(room.name);
    return feed !== undefined && this.#joined(feed, userId).length > 0;
  }

  /** A user's sockets that have joined a room. */
  #joined(feed: RoomFeed, userId: string): readonly Connection[] {
    return this.#hub.people.connectionsOf(userId).filter((connection) => feed.members.has(connection));
  }

  #shown(user: User): User {
    return newestUser(this.#hub.people.connectionsOf(user.id), user);
  }
}

import type { Admission } from "./admissions.ts";
import type { Entry } from "./answer.ts";
import type { Connection } from "./connection.ts";
import { deliverWithAcks } from "./deliver-with-acks.ts";
import type { Position } from "./engine.ts";
import type { Hub } from "./hub.ts";
import type { RoomFeed } from "./room-feed.ts";

/**
 * The second half of a join: in the step that sends the answer, the socket gets what its rooms' feeds handed out
 * since the log was read, and becomes a member. That the two are one step is what leaves no hole and no duplicate.
 */
export class JoinEntry implements Entry {
  readonly #hub: Hub;
  readonly #admission: Admission;
  readonly #connection: Connection;
  readonly #feeds: ReadonlyMap<string, RoomFeed>;
  readonly #liveFrom = new Map<string, Position>();

  /** Ends the admission with itself. */
  constructor(hub: Hub, admission: Admission, prepared: readonly { room: string; feed: RoomFeed }[]) {
    this.#hub = hub;
    this.#admission = admission;
    this.#connection = admission.connection;
    this.#feeds = new Map(prepared.map(({ room, feed }) => [room, feed]));
  }

  /** The room's answer is complete up to here, so events follow from here on. Other rooms are left. */
  goLive(room: string, position: Position): void {
    this.#liveFrom.set(room, position);
  }

  get rooms(): ReadonlySet<string> {
    return new Set(this.#liveFrom.keys());
  }

  enter(except: ReadonlySet<string>): void {
    for (const [room, feed] of this.#feeds) {
      const from = this.#liveFrom.get(room);
      if (from === undefined || !this.#connection.isOpen) this.#leave(feed);
      else if (!except.has(room)) this.#enterUnlessLost(feed, from);
      this.#hub.feeds.release(feed);
    }
    this.#hub.admissions.end(this.#admission);
  }

  #leave(feed: RoomFeed): void {
    feed.remove(this.#connection);
    this.#connection.queue.releaseWrites(feed.room);
  }

  /** Nothing is joined after all. */
  abandon(): void {
    for (const feed of this.#feeds.values()) this.#hub.feeds.release(feed);
    this.#hub.admissions.end(this.#admission);
  }

  /** Who lost the right to a room while it was read has been told of having joined it, and leaves it in the same step. */
  #enterUnlessLost(feed: RoomFeed, from: Position): void {
    const reason = this.#admission.lossOf(feed.room);
    if (reason === undefined) return this.#enterRoom(feed, from);
    this.#connection.sendEvent("room_left", { room: feed.room, reason });
    this.#leave(feed);
  }

  #enterRoom(feed: RoomFeed, from: Position): void {
    const isSameLog = feed.epoch === from.epoch || from.seq === 0;
    const since = feed.recording.after(from.seq, feed.head);
    if (!isSameLog || since === null) return this.#resync(feed, isSameLog ? "too_far" : "epoch");
    feed.add(this.#connection);
    deliverWithAcks(this.#connection, feed.room, since);
  }

  /** The feed does not have what happened since the log was read: too much, or the log began again. */
  #resync(feed: RoomFeed, reason: "epoch" | "too_far"): void {
    feed.remove(this.#connection);
    this.#connection.sendEvent("resync", { room: feed.room, reason, epoch: feed.epoch });
    this.#connection.queue.releaseWrites(feed.room);
  }
}

import type { ChatContext } from "./context.ts";
import type { StoredEvent } from "./engine.ts";
import { type FeedOwner, RoomFeed } from "./room-feed.ts";
import type { RoomLog } from "./room-log.ts";

/** Rooms that one instance follows at a time. */
const feedsMaxDefault = 100_000;

interface FeedsOwner extends Omit<FeedOwner, "onEmptied"> {
  /** Before anybody is let in, while the head of the log is read. Where it rejects, the feed closes again. */
  onOpening(feed: RoomFeed): Promise<void>;
  onClosed(feed: RoomFeed): void;
}

/** The rooms that have local members, or somebody about to become one. */
export class Feeds {
  readonly #context: ChatContext;
  readonly #owner: FeedsOwner;
  readonly #feedsMax: number;
  readonly #byLog = new Map<string, RoomFeed>();
  readonly #opening = new Map<RoomFeed, Promise<void>>();

  constructor(context: ChatContext, owner: FeedsOwner, feedsMax: number = feedsMaxDefault) {
    this.#context = context;
    this.#feedsMax = feedsMax;
    this.#owner = owner;
  }

  get count(): number {
    return this.#byLog.size;
  }

  get(log: string): RoomFeed | undefined {
    return this.#byLog.get(log);
  }

  all(): Iterable<RoomFeed> {
    return this.#byLog.values();
  }

  receive(log: string, events: readonly StoredEvent[]): void {
    this.#byLog.get(log)?.follower.receive(events);
  }

  /** The room's feed, started and recording. Null: there are too many. Every feed taken is given back by `release`. */
  async take(room: RoomLog): Promise<RoomFeed | null> {
    const feed = this.#byLog.get(room.log) ?? this.#create(room);
    if (feed === null) return null;
    feed.recording.begin();
    try {
      await this.#opening.get(feed);
    } catch (error) {
      this.release(feed);
      throw error;
    }
    return feed;
  }

  #create(room: RoomLog): RoomFeed | null {
    if (this.#byLog.size >= this.#feedsMax) return null;
    const feed: RoomFeed = new RoomFeed(room, this.#context, {
      ...this.#owner,
      onEmptied: () => this.closeIfUnused(feed),
    });
    this.#byLog.set(room.log, feed);
    this.#opening.set(feed, this.#open(feed));
    return feed;
  }

  async #open(feed: RoomFeed): Promise<void> {
    try {
      const { engine } = this.#context;
      await engine.subscribe(feed.log);
      const [head, opening] = [engine.head(feed.log), this.#owner.onOpening(feed)];
      // Awaited below, unless the head cannot be read either.
      opening.catch(() => {});
      feed.follower.start(await head);
      await opening;
    } catch (error) {
      this.#forget(feed);
      throw error;
    } finally {
      this.#opening.delete(feed);
    }
  }

  release(feed: RoomFeed): void {
    feed.recording.end();
    this.closeIfUnused(feed);
  }

  closeIfUnused(feed: RoomFeed): void {
    if (feed.members.size === 0 && !feed.recording.isInUse) this.#forget(feed);
  }

  #forget(feed: RoomFeed): void {
    if (this.#byLog.get(feed.log) !== feed) return;
    this.#byLog.delete(feed.log);
    this.#context.engine.unsubscribe(feed.log);
    this.#owner.onClosed(feed);
  }
}

import type { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import type { StoredEvent } from "./engine.ts";
import { RoomFeed } from "./room-feed.ts";

/** Rooms that one instance follows at a time. */
const feedsMaxDefault = 100_000;

/** The rooms that have local members, or somebody about to become one. */
export class Feeds {
  readonly #context: ChatContext;
  readonly #connections: ReadonlyMap<number, Connection>;
  readonly #feedsMax: number;
  readonly #byRoom = new Map<string, RoomFeed>();
  readonly #opening = new Map<RoomFeed, Promise<void>>();

  constructor(
    context: ChatContext,
    connections: ReadonlyMap<number, Connection>,
    feedsMax: number = feedsMaxDefault,
  ) {
    this.#context = context;
    this.#feedsMax = feedsMax;
    this.#connections = connections;
  }

  get count(): number {
    return this.#byRoom.size;
  }

  get(room: string): RoomFeed | undefined {
    return this.#byRoom.get(room);
  }

  receive(room: string, events: readonly StoredEvent[]): void {
    this.#byRoom.get(room)?.receive(events);
  }

  /** The room's feed, started and recording. Null: there are too many. Every feed taken is given back by `release`. */
  async take(room: string): Promise<RoomFeed | null> {
    const feed = this.#byRoom.get(room) ?? this.#create(room);
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

  #create(room: string): RoomFeed | null {
    if (this.#byRoom.size >= this.#feedsMax) return null;
    const feed: RoomFeed = new RoomFeed(room, this.#context, {
      connections: this.#connections,
      onEmptied: () => this.closeIfUnused(feed),
    });
    this.#byRoom.set(room, feed);
    this.#opening.set(feed, this.#open(feed));
    return feed;
  }

  async #open(feed: RoomFeed): Promise<void> {
    try {
      await this.#context.engine.subscribe(feed.room);
      feed.start(await this.#context.engine.head(feed.room));
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
    if (this.#byRoom.get(feed.room) !== feed) return;
    this.#byRoom.delete(feed.room);
    this.#context.engine.unsubscribe(feed.room);
  }
}

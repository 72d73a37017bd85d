import { limits } from "../protocol/limits.ts";
import type { Engine, Position, Replay } from "./engine.ts";
import { type EncodedEvent, encodeStoredEvent } from "./event-frames.ts";
import type { RoomFeed } from "./room-feed.ts";

/** What a position missed, each event with the frame that tells of it. */
export type EncodedReplay =
  | (Extract<Replay, { recovered: true }> & { readonly encoded: readonly EncodedEvent[] })
  | Extract<Replay, { recovered: false }>;

const nothingMissed = ({ epoch, seq }: Position): EncodedReplay => ({
  recovered: true,
  epoch,
  seq,
  events: [],
  encoded: [],
  isComplete: true,
});

/** Who asks beyond that reads alone. */
const sharedMax = 256;

/**
 * Reads of what positions missed. When a proxy or an instance goes, a room's members come back together, most with
 * the same position: those who ask within one turn of the event loop, or while the engine still reads, share a read.
 */
export class SharedReplays {
  readonly #engine: Engine;
  readonly #shared = new Map<string, Promise<EncodedReplay>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** `feed` records already. Rejects with EngineUnavailable. */
  read(feed: RoomFeed, after: Position, replayMax: number): Promise<EncodedReplay> {
    // Nearly everybody whom a deploy moves: the feed hands out what comes next, and a lost message is its to repair.
    if (after.epoch === feed.epoch && after.seq === feed.head) return Promise.resolve(nothingMissed(after));
    // Each has recorded from the feed's head on, so what is read for one is enough for all who found it there.
    const key = `${feed.log} ${feed.epoch} ${feed.head} ${after.seq} ${replayMax} ${after.epoch}`;
    return this.#shared.get(key) ?? this.#share(key, this.#read(feed, after, replayMax));
  }

  async #read({ log, room }: RoomFeed, after: Position, replayMax: number): Promise<EncodedReplay> {
    const bounds = { replayMax, eventsMax: limits.replayEvents, textUnitsMax: limits.roomAnswerBytes };
    const replay = await this.#engine.replay(log, after, bounds);
    if (!replay.recovered) return replay;
    const encoded = replay.events.map((event) => ({ event, frame: encodeStoredEvent(room, event) }));
    return { ...replay, encoded };
  }

  #share(key: string, read: Promise<EncodedReplay>): Promise<EncodedReplay> {
    if (this.#shared.size >= sharedMax) return read;
    this.#shared.set(key, read);
    const forget = () => void setImmediate(() => this.#shared.delete(key));
    read.then(forget, forget);
    return read;
  }
}

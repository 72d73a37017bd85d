import type { StoredEvent } from "./engine.ts";
import { type EncodedEvent, encodeSkipped, showsText } from "./event-frames.ts";

/** Beyond either bound all that was recorded goes; a join whose read it followed has to be repeated. */
const recordedMax = 4000;
const recordedBytesMax = 1_048_576;

const none: ReadonlySet<string> = new Set();

/**
 * The recent events of a feed, kept only while somebody joins: a join reads the log up to some seq and then needs
 * what was handed out since. An idle room keeps nothing, and the text of a deleted message is forgotten at once.
 */
export class FeedRecording {
  readonly #room: string;
  #readers = 0;
  #recorded: EncodedEvent[] = [];
  #bytes = 0;
  /** Messages that were deleted meanwhile, of which somebody may have read the text before. */
  #deleted = none;

  constructor(room: string) {
    this.#room = room;
  }

  begin(): void {
    this.#readers += 1;
  }

  end(): void {
    this.#readers -= 1;
    if (this.#readers > 0) return;
    this.clear();
    this.#deleted = none;
  }

  get isInUse(): boolean {
    return this.#readers > 0;
  }

  add(events: readonly EncodedEvent[], bytes: number): void {
    if (!this.isInUse) return;
    this.#recorded.push(...events);
    this.#bytes += bytes;
    if (events.some(isDeletion)) this.#forget(events.filter(isDeletion));
    if (this.#bytes > recordedBytesMax || this.#recorded.length > recordedMax) this.clear();
  }

  #forget(deletions: readonly EncodedEvent[]): void {
    const messageIds = deletions.map(({ event }) => event.messageId);
    this.#deleted = new Set([...this.#deleted, ...messageIds].slice(-recordedMax));
    this.#recorded = this.#recorded.map((encoded) => this.#withoutDeleted(encoded));
  }

  #withoutDeleted(encoded: EncodedEvent): EncodedEvent {
    const { event } = encoded;
    if (!this.isDeleted(event)) return encoded;
    return {
      event: { ...event, content: null, metaJson: null },
      frame: encodeSkipped(this.#room, event),
    };
  }

  /** Whether an event shows a text that was deleted since somebody began to read. */
  isDeleted(event: StoredEvent): boolean {
    return this.#deleted.has(event.messageId) && showsText(event);
  }

  /** Everything after `seq` up to `head`, or null when some of it is no longer here. */
  after(seq: number, head: number): EncodedEvent[] | null {
    const later = this.#recorded.filter(({ event }) => event.seq > seq);
    return later.length === head - seq ? later : null;
  }

  clear(): void {
    this.#recorded = [];
    this.#bytes = 0;
  }
}

const isDeletion = ({ event }: EncodedEvent): boolean => event.kind === "message_delete";

import type { EncodedEvent } from "./event-frames.ts";

/** Beyond either bound all that was recorded goes; a join whose read it followed has to be repeated. */
const recordedMax = 4000;
const recordedBytesMax = 1_048_576;

/**
 * The recent events of a feed, kept only while somebody joins: a join reads the log up to some seq and then needs
 * what was handed out since. An idle room keeps nothing.
 */
export class FeedRecording {
  #readers = 0;
  #recorded: EncodedEvent[] = [];
  #bytes = 0;

  begin(): void {
    this.#readers += 1;
  }

  end(): void {
    this.#readers -= 1;
    if (this.#readers === 0) this.clear();
  }

  get isInUse(): boolean {
    return this.#readers > 0;
  }

  add(events: readonly EncodedEvent[], bytes: number): void {
    if (!this.isInUse) return;
    this.#recorded.push(...events);
    this.#bytes += bytes;
    if (this.#bytes > recordedBytesMax || this.#recorded.length > recordedMax) this.clear();
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

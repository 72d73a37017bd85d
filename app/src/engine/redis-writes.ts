import type { Publish, PublishResult } from "../chat/engine.ts";
import type { RedisScripts } from "./redis-scripts.ts";
import { RedisWriteGroup, type WriteGroupParts } from "./redis-write-group.ts";
import { textUnitsOf } from "./write.ts";

interface WritesBounds {
  readonly writes: number;
  /** UTF-16 units of content and meta. */
  readonly textUnits: number;
}

/** Of writes without an outcome. */
const unsettledMax: WritesBounds = { writes: 50_000, textUnits: 64 * 1024 * 1024 };

/**
 * Stores what is published. What is written to one room in a turn of the loop, or while Redis is busy with what came before,
 * goes to it in one call: what each write costs there is then a fraction of what a call costs.
 */
export class RedisWrites {
  readonly #scripts: RedisScripts;
  readonly #parts: WriteGroupParts;
  readonly #bounds: WritesBounds;
  /** The last group of each room. */
  readonly #groups = new Map<string, RedisWriteGroup>();
  #unsettled = 0;
  #textUnits = 0;

  constructor(
    scripts: RedisScripts,
    parts: Omit<WriteGroupParts, "publishCommand">,
    bounds: WritesBounds = unsettledMax,
  ) {
    this.#scripts = scripts;
    this.#parts = { ...parts, publishCommand: scripts.publishCommand };
    this.#bounds = bounds;
  }

  /** In the order of the calls. Rejects where the outcome is unknown. */
  async publish(publish: Publish): Promise<PublishResult> {
    const { writes, textUnits } = this.#bounds;
    if (this.#unsettled >= writes || this.#textUnits >= textUnits)
      throw new Error("too much waits for Redis");
    this.#unsettled += 1;
    this.#textUnits += textUnitsOf(publish);
    try {
      return await this.#groupFor(publish.room).add(publish);
    } finally {
      this.#unsettled -= 1;
      this.#textUnits -= textUnitsOf(publish);
    }
  }

  #groupFor(room: string): RedisWriteGroup {
    const last = this.#groups.get(room);
    if (last?.isOpen) return last;
    const group = new RedisWriteGroup(this.#parts, room);
    this.#groups.set(room, group);
    void this.#store(room, group);
    return group;
  }

  async #store(room: string, group: RedisWriteGroup): Promise<void> {
    const meta = this.#parts.keys.meta(room);
    try {
      group.settle(await this.#scripts.runLater("write", meta, () => group.input()));
    } catch (error) {
      group.fail(error as Error);
    }
    if (this.#groups.get(room) === group) this.#groups.delete(room);
  }
}

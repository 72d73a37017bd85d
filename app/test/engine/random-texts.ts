import type { Publish } from "../../src/chat/engine.ts";
import type { SqliteLog } from "../../src/engine/sqlite-log.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { aDelete, anEdit } from "./a-change.ts";
import { aPublish } from "./a-publish.ts";

const now = 1_800_000_000_000;

/** The part of a text by which it is found. */
const nameOf = (text: string) => text.slice(0, text.indexOf(">") + 1);

/** Makes, edits and deletes messages at random, and knows the names of the texts that should be in the file. */
export class RandomTexts {
  readonly gone: string[] = [];
  readonly #log: SqliteLog;
  readonly #random: SeededRandom;
  readonly #texts = new Map<string, string>();
  readonly #ids: string[] = [];
  #made = 0;

  constructor(log: SqliteLog, seed: number) {
    this.#log = log;
    this.#random = new SeededRandom(seed);
  }

  get present(): readonly string[] {
    return [...this.#texts.values()].map(nameOf);
  }

  write(count: number): void {
    for (let left = count; left > 0; left -= 10) {
      const writes = Array.from({ length: Math.min(10, left) }, () => aPublish(this.#next()));
      this.#log.append(writes, now);
    }
  }

  #next(): Partial<Publish> {
    const content = `<text ${this.#made++}>${"y".repeat(this.#random.below(600))}`;
    const index = this.#random.below(this.#ids.length);
    const messageId = this.#ids[index];
    if (messageId === undefined || this.#random.chance(0.5)) return this.#make(content);
    this.gone.push(nameOf(this.#texts.get(messageId) ?? ""));
    if (this.#random.chance(0.4)) {
      this.#texts.delete(messageId);
      this.#ids.splice(index, 1);
      return aDelete(messageId, { createdAt: now });
    }
    this.#texts.set(messageId, content);
    return anEdit(messageId, content, { createdAt: now });
  }

  #make(content: string): Partial<Publish> {
    const messageId = `m${this.#random.below(2 ** 32)}`;
    this.#ids.push(messageId);
    this.#texts.set(messageId, content);
    return { messageId, content, createdAt: now };
  }
}

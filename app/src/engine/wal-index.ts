import { closeSync, openSync, readSync } from "node:fs";

/** A block begins with the page numbers of its frames, the first one with a header before them. */
const blockBytes = 32_768;
const numbersBytes = 16_384;
const headerBytes = 136;
const framesAt = 16;
const numberBytes = 4;

/**
 * The index of the WAL, the file beside it in memory that all connections share (sqlite.org/walformat §2): how many
 * frames the WAL has that count, and of which pages they are. To look there takes 2 µs, to read the WAL a ms and more.
 *
 * SQLite's locks are on this file, and closing any descriptor of it drops them: see PageWiper.
 */
export class WalIndex {
  readonly #file: number;

  constructor(databasePath: string) {
    this.#file = openSync(`${databasePath}-shm`, "r");
  }

  /** Frames since the WAL began anew, also those that were moved into the database meanwhile. */
  get frames(): number {
    return this.#read(framesAt, 1)[0] ?? 0;
  }

  /** The page of each frame; some more than once. */
  pages(): number[] {
    const { frames } = this;
    const pages: number[] = [];
    for (let blockAt = 0; pages.length < frames; blockAt += blockBytes) {
      const start = blockAt === 0 ? headerBytes : 0;
      const count = Math.min((numbersBytes - start) / numberBytes, frames - pages.length);
      const numbers = this.#read(blockAt + start, count);
      if (numbers.length === 0) break;
      pages.push(...numbers);
    }
    return pages;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Numbers in the machine's own byte order. */
  #read(position: number, count: number): number[] {
    const bytes = Buffer.alloc(count * numberBytes);
    const read = readSync(this.#file, bytes, 0, bytes.length, position);
    const numbers = new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(read / numberBytes));
    return [...numbers];
  }
}

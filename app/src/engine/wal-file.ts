import { closeSync, openSync, readSync, statSync } from "node:fs";

const headerBytes = 32;
const frameHeaderBytes = 24;
const chunkFrames = 256;
/** Where the two salts of a round of the WAL stand, in the file's header and in that of each frame. */
const salts = { bytes: 8, inHeader: 16, inFrame: 8 };

/** The file of the WAL (sqlite.org/fileformat §4.1). SQLite holds no locks on it, so that it may be opened and closed. */
export class WalFile {
  readonly #path: string;
  readonly #frameBytes: number;

  constructor(databasePath: string, pageBytes: number) {
    this.#path = `${databasePath}-wal`;
    this.#frameBytes = frameHeaderBytes + pageBytes;
  }

  get #bytes(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  get frames(): number {
    return Math.max(0, Math.floor((this.#bytes - headerBytes) / this.#frameBytes));
  }

  /** Whether the present round of the WAL has so many frames; what stands behind it is of an earlier one. */
  hasFrames(count: number): boolean {
    if (this.frames < count) return false;
    const file = openSync(this.#path, "r");
    try {
      const [round, last] = [Buffer.alloc(salts.bytes), Buffer.alloc(salts.bytes)];
      readSync(file, round, 0, salts.bytes, salts.inHeader);
      readSync(file, last, 0, salts.bytes, headerBytes + (count - 1) * this.#frameBytes + salts.inFrame);
      return round.equals(last);
    } finally {
      closeSync(file);
    }
  }

  /** The pages of which the file holds a copy, also of an earlier round of the WAL; some more than once. */
  *pages(): Generator<number> {
    const { frames } = this;
    if (frames === 0) return;
    const chunk = Buffer.alloc(chunkFrames * this.#frameBytes);
    const file = openSync(this.#path, "r");
    try {
      for (let first = 0; first < frames; first += chunkFrames) {
        const read = readSync(file, chunk, 0, chunk.length, headerBytes + first * this.#frameBytes);
        for (let at = 0; at + this.#frameBytes <= read; at += this.#frameBytes) yield chunk.readUInt32BE(at);
      }
    } finally {
      closeSync(file);
    }
  }
}

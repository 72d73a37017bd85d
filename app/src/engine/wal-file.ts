import { closeSync, openSync, readSync, statSync } from "node:fs";

const headerBytes = 32;
const frameHeaderBytes = 24;
/** The number of its page, with which the header of a frame begins. */
const pageNumberBytes = 4;
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

  /**
   * The pages of which the file holds a copy, also of an earlier round of the WAL; some more than once. Reads nothing
   * but their numbers: to read all of the file takes twice as long.
   */
  *pages(): Generator<number> {
    const { frames } = this;
    if (frames === 0) return;
    const page = Buffer.alloc(pageNumberBytes);
    const file = openSync(this.#path, "r");
    try {
      for (let at = headerBytes; at < headerBytes + frames * this.#frameBytes; at += this.#frameBytes) {
        readSync(file, page, 0, pageNumberBytes, at);
        yield page.readUInt32BE(0);
      }
    } finally {
      closeSync(file);
    }
  }
}

import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { unusedRange } from "./unused-range.ts";

interface FileHeader {
  readonly pages: number;
  readonly usableBytes: number;
}

const fileHeaderBytes = 100;
/** From here on the number with which an overflow or free page begins could be taken for a b-tree page's type. */
const pagesMax = 2 ** 25;

/**
 * Zeroes the gaps of b-tree pages in the file itself. SQLite zeroes what it deletes (`secure_delete`), but where it
 * lays the cells of a page out anew (btree.c, rebuildPage) the old copies stay in the gap. Nothing reads a gap, so
 * that a crash at any moment is harmless. But nobody may write these pages meanwhile.
 *
 * Closing any descriptor of a file drops all of SQLite's locks on it in this process (sqlite.org/howtocorrupt §2.2):
 * so there is one, and it is closed after the database.
 */
export class PageWiper {
  readonly #file: number;
  readonly #page: Buffer;
  readonly #zeros: Buffer;

  constructor(path: string, pageBytes: number) {
    this.#page = Buffer.alloc(pageBytes);
    this.#zeros = Buffer.alloc(pageBytes);
    this.#file = openSync(path, "r+");
  }

  /** How many pages the file has. */
  get pages(): number {
    return Math.floor(fstatSync(this.#file).size / this.#page.length);
  }

  /** Returns on how many of these pages something was found; it is gone when this returns. */
  wipe(pages: Iterable<number>): number {
    const header = this.#readHeader();
    if (header === null) return 0;
    let wiped = 0;
    for (const page of pages) if (this.#wipe(page, header)) wiped += 1;
    if (wiped > 0) fdatasyncSync(this.#file);
    return wiped;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Null for a file with pages that look like b-tree pages and are not (auto-vacuum has such). */
  #readHeader(): FileHeader | null {
    const { pages } = this;
    if (pages >= pagesMax || !this.#read(1) || this.#page.readUInt32BE(52) !== 0) return null;
    return { pages, usableBytes: this.#page.length - (this.#page[20] ?? 0) };
  }

  #wipe(number: number, { pages, usableBytes }: FileHeader): boolean {
    if (number < 1 || number > pages || !this.#read(number)) return false;
    const range = unusedRange(this.#page, { headerAt: number === 1 ? fileHeaderBytes : 0, usableBytes });
    if (range === null) return false;
    const { start, end } = range;
    if (this.#page.compare(this.#zeros, 0, end - start, start, end) === 0) return false;
    writeSync(this.#file, this.#zeros, 0, end - start, this.#at(number) + start);
    return true;
  }

  #read(number: number): boolean {
    const { length } = this.#page;
    return readSync(this.#file, this.#page, 0, length, this.#at(number)) === length;
  }

  #at(number: number): number {
    return (number - 1) * this.#page.length;
  }
}

/** Where nothing is stored in a page: from `start` up to `end`. */
interface UnusedRange {
  readonly start: number;
  readonly end: number;
}

interface PageShape {
  /** Where the b-tree header begins: 100 in page 1, after the file's own header, 0 in all others. */
  readonly headerAt: number;
  /** The page without what the file reserves at its end. */
  readonly usableBytes: number;
}

/** By the type of a b-tree page, its first byte. Any other page (overflow, free) begins with a page's number. */
const headerBytes: Readonly<Record<number, number>> = { 2: 12, 5: 12, 10: 8, 13: 8 };

/**
 * The gap of a b-tree page: between its cell pointers and its cells (sqlite.org/fileformat §1.6). Null for any other
 * page, and for one with a cell where it should not be.
 */
export function unusedRange(page: Buffer, { headerAt, usableBytes }: PageShape): UnusedRange | null {
  const header = headerBytes[page[headerAt] ?? 0];
  if (header === undefined) return null;
  const pointersAt = headerAt + header;
  const start = pointersAt + 2 * page.readUInt16BE(headerAt + 3);
  const end = page.readUInt16BE(headerAt + 5) || 65_536;
  if (start > end || end > usableBytes) return null;
  const firstFree = page.readUInt16BE(headerAt + 1);
  if (firstFree !== 0 && firstFree < end) return null;
  for (let at = pointersAt; at < start; at += 2) {
    const cell = page.readUInt16BE(at);
    if (cell < end || cell >= usableBytes) return null;
  }
  return { start, end };
}

import { expect, test } from "bun:test";
import { unusedRange } from "../../src/engine/unused-range.ts";

interface Fields {
  type: number;
  firstFree?: number;
  cells?: readonly number[];
  contentAt: number;
  headerAt?: number;
  pageBytes?: number;
}

function aPage({
  type,
  firstFree = 0,
  cells = [],
  contentAt,
  headerAt = 0,
  pageBytes = 512,
}: Fields): Buffer {
  const page = Buffer.alloc(pageBytes, 0xaa);
  page[headerAt] = type;
  page.writeUInt16BE(firstFree, headerAt + 1);
  page.writeUInt16BE(cells.length, headerAt + 3);
  page.writeUInt16BE(contentAt, headerAt + 5);
  const pointersAt = headerAt + (type < 8 ? 12 : 8);
  for (const [index, cell] of cells.entries()) page.writeUInt16BE(cell, pointersAt + 2 * index);
  return page;
}

const usual = { headerAt: 0, usableBytes: 512 };
const two = { cells: [500, 400], contentAt: 400 };

test.each([
  ["a table leaf", { type: 13, ...two }, usual, { start: 12, end: 400 }],
  ["an index leaf", { type: 10, ...two }, usual, { start: 12, end: 400 }],
  ["a table interior", { type: 5, ...two }, usual, { start: 16, end: 400 }],
  ["an index interior", { type: 2, ...two }, usual, { start: 16, end: 400 }],
  ["an empty leaf", { type: 13, contentAt: 512 }, usual, { start: 8, end: 512 }],
  [
    "page 1",
    { type: 13, ...two, headerAt: 100 },
    { headerAt: 100, usableBytes: 512 },
    { start: 112, end: 400 },
  ],
  ["a full leaf", { type: 13, cells: [10], contentAt: 10 }, usual, { start: 10, end: 10 }],
  ["a leaf with a free block", { type: 13, ...two, firstFree: 450 }, usual, { start: 12, end: 400 }],
  [
    "an empty leaf of 64 KiB",
    { type: 13, contentAt: 0, pageBytes: 65_536 },
    { headerAt: 0, usableBytes: 65_536 },
    { start: 8, end: 65_536 },
  ],
])("%s has a gap between pointers and cells", (_name, fields: Fields, shape, range) => {
  expect(unusedRange(aPage(fields), shape)).toEqual(range);
});

const none: [string, Fields][] = [
  ["that is an overflow page", { type: 0, ...two }],
  ["of an unknown type", { type: 1, ...two }],
  ["whose cells begin beyond it", { type: 13, contentAt: 513 }],
  ["whose cells begin at 64 KiB", { type: 13, contentAt: 0 }],
  ["whose pointers run into its cells", { type: 13, cells: [11, 11], contentAt: 11 }],
  ["with a cell before the others", { type: 13, cells: [500, 399], contentAt: 400 }],
  ["with a cell beyond its end", { type: 13, cells: [512, 400], contentAt: 400 }],
  ["with a free block before its cells", { type: 13, ...two, firstFree: 399 }],
];

test.each(none)("a page %s has none", (_name, fields) => {
  expect(unusedRange(aPage(fields), usual)).toBeNull();
});

test("what the file reserves at the end of its pages is no place for cells", () => {
  expect(unusedRange(aPage({ type: 13, contentAt: 505 }), { headerAt: 0, usableBytes: 500 })).toBeNull();
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PageWiper } from "../../src/engine/page-wiper.ts";

const pageBytes = 512;
const cellAt = 500;
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdline-wiper-"));
  path = join(directory, "file");
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Full of text but for the header and the pointer to one cell. */
function leaf(headerAt: number): Buffer {
  const page = Buffer.alloc(pageBytes, "x");
  page.fill(0, 0, headerAt + 8);
  page[headerAt] = 13;
  page.writeUInt16BE(1, headerAt + 3);
  page.writeUInt16BE(cellAt, headerAt + 5);
  page.writeUInt16BE(cellAt, headerAt + 8);
  return page;
}

const file = () => Buffer.concat([leaf(100), leaf(0), Buffer.alloc(pageBytes, "\0\0\0\0other")]);

function wipe(bytes: Buffer, pages: readonly number[], fileBytes = bytes.length): number {
  writeFileSync(path, bytes);
  truncateSync(path, fileBytes);
  const wiper = new PageWiper(path, pageBytes);
  const wiped = wiper.wipe(pages);
  wiper.close();
  return wiped;
}

test("the gaps of tree pages are zeroed, and nothing else", () => {
  expect(wipe(file(), [1, 2, 3])).toBe(2);
  const wiped = file().fill(0, 110, cellAt);
  wiped.fill(0, pageBytes + 10, pageBytes + cellAt);
  expect(readFileSync(path)).toEqual(wiped);
});

test("a page that is not asked for, or not there, is left alone", () => {
  expect(wipe(file(), [0, 1, 4, 2 ** 32 - 1])).toBe(1);
  expect(readFileSync(path).subarray(pageBytes)).toEqual(file().subarray(pageBytes));
  expect(readFileSync(path).length).toBe(3 * pageBytes);
});

test("a page with an empty gap is not written", () => {
  const clean = file().fill(0, 110, cellAt);
  expect(wipe(clean, [1])).toBe(0);
});

test("the bytes that the file reserves are no place for cells", () => {
  const reserving = file();
  reserving[20] = 20;
  expect(wipe(reserving, [2])).toBe(0);
});

test("a file with auto-vacuum is left alone", () => {
  const autoVacuum = file();
  autoVacuum.writeUInt32BE(1, 52);
  expect(wipe(autoVacuum, [1, 2])).toBe(0);
});

test("a file whose page numbers could be taken for a page's type is left alone", () => {
  expect(wipe(file(), [1, 2], (2 ** 25 - 1) * pageBytes)).toBe(2);
  expect(wipe(file(), [1, 2], 2 ** 25 * pageBytes)).toBe(0);
});

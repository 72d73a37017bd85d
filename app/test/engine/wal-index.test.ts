import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/engine/sqlite-schema.ts";
import { WalIndex } from "../../src/engine/wal-index.ts";

const walHeaderBytes = 32;
const frameBytes = 24 + 4096;
let directory: string;
let path: string;
let database: Database;
let index: WalIndex;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdline-wal-index-"));
  path = join(directory, "holdline.db");
  database = openDatabase(path);
  database.run("CREATE TABLE long (bytes)");
  index = new WalIndex(path);
});
afterEach(() => {
  database.close();
  index.close();
  rmSync(directory, { recursive: true });
});

const write = (pages: number) => database.run("INSERT INTO long VALUES (zeroblob(?))", [pages * 4096]);
const empty = () => database.run("PRAGMA wal_checkpoint(TRUNCATE)");

/** As the headers of the frames in the file say. */
function pagesInFile(): number[] {
  const file = readFileSync(`${path}-wal`);
  const count = Math.floor((file.length - walHeaderBytes) / frameBytes);
  return Array.from({ length: count }, (_, frame) => file.readUInt32BE(walHeaderBytes + frame * frameBytes));
}

test.each([1, 4000, 4100, 9000])("knows the page of each frame, after a write of %i pages", (pages) => {
  empty();
  write(pages);
  expect(index.frames).toBeGreaterThanOrEqual(pages);
  expect(index.pages()).toEqual(pagesInFile());
});

test("an emptied WAL has no frames", () => {
  write(10);
  empty();
  expect([index.frames, index.pages()]).toEqual([0, []]);
});

test("what stands in the file behind a WAL that began anew does not count", () => {
  write(5000);
  database.run("PRAGMA wal_checkpoint(PASSIVE)");
  expect(index.frames).toBeGreaterThan(5000);
  write(1);
  expect(index.frames).toBeLessThan(10);
  expect(index.pages()).toEqual(pagesInFile().slice(0, index.frames));
});

test("what another connection wrote counts", () => {
  const other = new Database(path);
  const before = index.frames;
  other.run("INSERT INTO long VALUES (1)");
  expect(index.frames).toBeGreaterThan(before);
  other.close();
});

test.skipIf(!existsSync("/proc/self/fd"))("a closed one leaves no file open", () => {
  const before = timesOpen(`${path}-shm`);
  const other = new WalIndex(path);
  expect(timesOpen(`${path}-shm`)).toBe(before + 1);
  other.close();
  expect(timesOpen(`${path}-shm`)).toBe(before);
});

/** How many of our descriptors lead to it: other threads of this process open and close files of their own. */
function timesOpen(file: string): number {
  const isIt = (descriptor: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === file;
    } catch {
      return false;
    }
  };
  return readdirSync("/proc/self/fd").filter(isIt).length;
}

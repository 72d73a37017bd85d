import { expect, test } from "bun:test";
import { CommandIndex, commandTtlMs } from "../../src/engine/command-index.ts";

test("finds every row, also where fingerprints are equal or neighbours", () => {
  const index = new CommandIndex();
  for (let row = 1; row <= 3000; row++) index.add(row % 7, row, 0);
  expect(index.rows(3).length).toBe(429);
  expect(index.rows(3).every((row) => row % 7 === 3)).toBe(true);
  expect(index.rows(8)).toEqual([]);
});

test("finds each of very many rows", () => {
  const index = new CommandIndex();
  const fingerprint = (row: number) => Math.imul(row, 2_654_435_761) >>> 0;
  const rows = Array.from({ length: 100_000 }, (_, row) => row);
  for (const row of rows) index.add(fingerprint(row), row, 0);
  expect(rows.filter((row) => !index.rows(fingerprint(row)).includes(row))).toEqual([]);
});

test("takes any fingerprint of 32 bits and any row", () => {
  const index = new CommandIndex();
  index.add(0, 5_000_000_000, 0);
  index.add(0xffff_ffff, 5_000_000_001, 0);
  expect(index.rows(0)).toEqual([5_000_000_000]);
  expect(index.rows(0xffff_ffff)).toEqual([5_000_000_001]);
});

test("gives the newest row first, across its spans of time", () => {
  const index = new CommandIndex();
  for (const minute of [0, 4, 6, 12]) index.add(1, minute + 1, minute * 60_000);
  expect(index.rows(1)).toEqual([13, 7, 5, 1]);
});

test("keeps a row for as long as its record is good, and forgets it soon after", () => {
  const index = new CommandIndex();
  index.add(1, 1, 0);
  index.add(2, 2, commandTtlMs);
  expect(index.rows(1)).toEqual([1]);
  index.add(2, 3, commandTtlMs + 6 * 60_000);
  expect(index.rows(1)).toEqual([]);
});

import { expect, test } from "bun:test";
import { markdownTable, plainTable, type Table } from "../../bench/table.ts";

const table: Table = {
  headings: ["what", "ours"],
  wordColumns: 1,
  lines: [
    ["echo", "1,200"],
    ["  of its | CPU", "7"],
  ],
};

test("in plain text words stand left and figures right", () => {
  expect(plainTable(table)).toBe("what             ours\necho            1,200\n  of its | CPU      7");
});

test("in Markdown a cell keeps its bars, and shows that it goes on from the one above", () => {
  const lines = ["| what | ours |", "| --- | ---: |", "| echo | 1,200 |", "| … of its \\| CPU | 7 |"];
  expect(markdownTable(table)).toBe(lines.join("\n"));
});

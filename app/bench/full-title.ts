import type { Row } from "./row.ts";

/** An indented title goes on from the one above it. */
export function fullTitle(row: Row, rows: readonly Row[]): string {
  if (!row.what.startsWith(" ")) return row.what;
  const above = rows.slice(0, rows.indexOf(row)).findLast(({ what }) => !what.startsWith(" "));
  return [above?.what, row.what.trim()].filter(Boolean).join(": ");
}

import { budgets } from "./budgets.ts";
import { fullTitle } from "./full-title.ts";
import { figure, goalText, spread } from "./measure-table.ts";
import type { Row } from "./row.ts";
import type { Table } from "./table.ts";
import { ratio, verdict } from "./verdict.ts";

/** Each promise with the rows that can keep or break it, then the goals that DESIGN does not name. */
export function budgetTable(rows: readonly Row[]): Table {
  const promises = new Set(Object.values(budgets).map(({ promise }) => promise));
  const others = rows.filter(({ budget }) => budget !== undefined && budget.promise === undefined);
  return {
    headings: ["budget", "measured as", "goal", "ours", "ratio", ""],
    wordColumns: 2,
    lines: [
      ...[...promises].flatMap((promise) => linesOf(promise, rows)),
      ...others.map((row) => lineOf("", row, rows)),
    ],
  };
}

function linesOf(promise: string, rows: readonly Row[]): string[][] {
  const measured = rows.filter(({ budget }) => budget?.promise === promise);
  if (measured.length === 0) return [[promise, "", "", "–", "–", "not measured"]];
  return measured.map((row, index) => lineOf(index === 0 ? promise : "", row, rows));
}

function lineOf(promise: string, row: Row, rows: readonly Row[]): string[] {
  const goal = row.budget === undefined ? "" : goalText(row.budget);
  const isKept = verdict(row) === "ok" ? "met" : "missed";
  return [promise, fullTitle(row, rows), goal, `${spread(row.ours)} ${row.unit}`, figure(ratio(row)), isKept];
}

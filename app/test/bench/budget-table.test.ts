import { expect, test } from "bun:test";
import { budgetTable } from "../../bench/budget-table.ts";
import { budgets } from "../../bench/budgets.ts";
import { measuredRow } from "./measured-row.ts";

const verdictOf = (promise: string, rows: Parameters<typeof budgetTable>[0]) =>
  budgetTable(rows)
    .lines.find(([name]) => name === promise)
    ?.at(-1);

test("a promise is met or missed by what was measured", () => {
  const { promise } = budgets.echo;
  const row = (ours: number) => measuredRow({ ours: [ours], budget: budgets.echo });
  expect(verdictOf(promise, [row(70)])).toBe("met");
  expect(verdictOf(promise, [row(69)])).toBe("missed");
});

test("every promise of the design is named, measured or not", () => {
  const promises = new Set(Object.values(budgets).map(({ promise }) => promise));
  const { lines } = budgetTable([]);
  expect(lines.map(([name]) => name)).toEqual([...promises]);
  expect(lines.every((line) => line.at(-1) === "not measured")).toBe(true);
});

test("a row that goes on from one above is named with it", () => {
  const { lines } = budgetTable([
    measuredRow({ what: "handshakes" }),
    measuredRow({ what: "  per second of CPU", budget: budgets.handshakes }),
  ]);
  expect(lines.map((line) => line[1])).toContain("handshakes: per second of CPU");
});

test("goals that the design does not name stand at the end", () => {
  const { lines } = budgetTable([measuredRow({ what: "history", budget: { of: "ours", max: 100 } })]);
  expect(lines.at(-1)).toEqual(["", "history", "≤ 100", "80 round trips/s", "0.8", "met"]);
});

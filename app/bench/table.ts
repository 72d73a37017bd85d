import { isDisturbed } from "./in-turn.ts";
import { median, type Row } from "./row.ts";
import type { Usage } from "./usage.ts";
import { ratio, verdict } from "./verdict.ts";

const HEADINGS = ["what", "unit", "ours", "raw", "ratio", "budget", "", "server", "load"];
const LEFT_ALIGNED = 2;
/** Above this share of its core the generator may have been what limited the figure. */
const SATURATED = 0.9;

export function printTable(rows: Row[]): void {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines) console.log(align(line, widths));
  printRemarks(rows);
}

function cells(row: Row): string[] {
  const usages = [...row.usage.ours, ...row.usage.raw];
  const loadShare = share(usages, ({ loadCpuSeconds }) => loadCpuSeconds);
  const serverShare = share(row.usage.ours, ({ serverCpuSeconds }) => serverCpuSeconds);
  const figures = [median(row.ours), median(row.raw), ratio(row)].map(figure);
  return [
    row.what,
    row.unit,
    ...figures,
    budgetText(row),
    verdict(row),
    percent(serverShare),
    percent(loadShare),
  ];
}

function budgetText({ budget }: Row): string {
  if (budget === undefined) return "";
  const bound = budget.min === undefined ? `≤ ${figure(budget.max ?? 0)}` : `≥ ${figure(budget.min)}`;
  return budget.of === "ratio" ? `${bound} × raw` : bound;
}

function printRemarks(rows: Row[]): void {
  console.log("\nserver, load: the share of its core that our server, and at most the load generator, took.");
  for (const { what, unit, usage } of rows) {
    const usages = [...usage.ours, ...usage.raw];
    const loadShare = share(usages, ({ loadCpuSeconds }) => loadCpuSeconds);
    const otherShare = share(usages, ({ otherCpuSeconds }) => otherCpuSeconds);
    const isRate = unit.endsWith("/s");
    if (what.startsWith(" ")) continue;
    if (isRate && loadShare > SATURATED)
      console.log(`! the load was saturated (${percent(loadShare)}): ${what}`);
    if (usages.some(isDisturbed)) console.log(`! others took ${percent(otherShare)} of a core: ${what}`);
  }
}

/** The highest share of one core in any round. */
function share(usages: Usage[], cpuSecondsOf: (usage: Usage) => number): number {
  return Math.max(...usages.map((usage) => cpuSecondsOf(usage) / usage.seconds));
}

const percent = (value: number): string => (Number.isFinite(value) ? `${Math.round(value * 100)}%` : "–");

function figure(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString("en", { maximumSignificantDigits: 3 }) : "–";
}

function align(values: string[], widths: number[]): string {
  const pad = (value: string, column: number) =>
    column < LEFT_ALIGNED ? value.padEnd(widths[column] ?? 0) : value.padStart(widths[column] ?? 0);
  return values.map(pad).join("  ").trimEnd();
}

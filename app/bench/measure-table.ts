import type { Budget } from "./budgets.ts";
import { contestants } from "./contestants.ts";
import { entriesOf, KINDS, type Kind } from "./each.ts";
import { hasDisturbed } from "./in-turn.ts";
import { median, type Row } from "./row.ts";
import type { Table } from "./table.ts";
import type { Usage } from "./usage.ts";
import { ratio, verdict } from "./verdict.ts";

/** Above this share of its core the generator may have been what limited the figure. */
const SATURATED = 0.9;
const NOTHING = "–";

/** A line for each row, with a column for each that any row measured: the median, and from the least to the most. */
export function measureTable(rows: readonly Row[]): Table {
  const kinds = KINDS.filter((kind) => rows.some((row) => row[kind] !== undefined));
  const names = kinds.map((kind) => contestants[kind].name);
  return {
    headings: ["what", "unit", ...names, "ratio", "goal", "", "server", "load"],
    wordColumns: 2,
    lines: rows.map((row) => cells(row, kinds)),
  };
}

function cells(row: Row, kinds: readonly Kind[]): string[] {
  const loadShare = busiest(usagesOf(row), ({ loadCpuSeconds }) => loadCpuSeconds);
  const serverShare = busiest(row.usage.ours, ({ serverCpuSeconds }) => serverCpuSeconds);
  return [
    row.what,
    row.unit,
    ...kinds.map((kind) => spread(row[kind] ?? [])),
    figure(ratio(row)),
    row.budget === undefined ? "" : goalText(row.budget),
    verdict(row),
    percent(serverShare),
    percent(loadShare),
  ];
}

export function goalText({ of, min, max }: Budget): string {
  const bound = min === undefined ? `≤ ${figure(max ?? 0)}` : `≥ ${figure(min)}`;
  return of === "ratio" ? `${bound} × raw` : bound;
}

/** What to know before a figure is believed. */
export function remarksOn(rows: readonly Row[]): string[] {
  return rows.filter(({ what }) => !what.startsWith(" ")).flatMap(remarksOnRow);
}

function remarksOnRow(row: Row): string[] {
  const usages = usagesOf(row);
  const loadShare = busiest(usages, ({ loadCpuSeconds }) => loadCpuSeconds);
  const otherShare = busiest(usages, ({ otherCpuSeconds }) => otherCpuSeconds);
  const isSaturated = row.unit.endsWith("/s") && loadShare > SATURATED;
  return [
    ...(isSaturated ? [`! the load was saturated (${percent(loadShare)}): ${row.what}`] : []),
    ...(hasDisturbed(row.usage) ? [`! others took ${percent(otherShare)} of a core: ${row.what}`] : []),
  ];
}

/** Redis is not the generator, though it shares its core: what it takes counts as what others take. */
function usagesOf({ usage }: Row): Usage[] {
  return entriesOf(usage).flatMap(([kind, usages]) => (kind === "redis" ? [] : usages));
}

/** The highest share of one core in any round. */
function busiest(usages: Usage[], cpuSecondsOf: (usage: Usage) => number): number {
  return Math.max(...usages.map((usage) => cpuSecondsOf(usage) / usage.seconds));
}

/** The median, and the least and the most where they look different. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return NOTHING;
  const [least, middle, most] = [Math.min(...values), median([...values]), Math.max(...values)].map(figure);
  return least === most ? `${middle}` : `${middle} (${least}–${most})`;
}

const percent = (value: number): string => (Number.isFinite(value) ? `${Math.round(value * 100)}%` : NOTHING);

export function figure(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString("en", { maximumSignificantDigits: 3 }) : NOTHING;
}

import type { Both } from "./in-turn.ts";
import type { Usage } from "./usage.ts";

/** `max` and `min` bound our median, or its ratio to raw where the budget is one. */
export type Budget = { of: "ours" | "ratio"; min?: number; max?: number };

/** One line of the table: a figure per round, and how busy the processors were meanwhile. */
export type Row = {
  what: string;
  unit: string;
  ours: number[];
  raw: number[];
  budget?: Budget;
  usage: { ours: Usage[]; raw: Usage[] };
};

/** Rates are compared per second of server CPU where waiting, for the disk or the load, is part of the clock's. */
export const PER_CPU_SECOND = "  the same per second of server CPU";

type Measured = { usage: Usage };

export function toRow<T extends Measured>(
  figures: Both<T>,
  figureOf: (measured: T) => number,
  text: Pick<Row, "what" | "unit"> & Partial<Pick<Row, "budget">>,
): Row {
  return {
    ...text,
    ours: figures.ours.map(figureOf),
    raw: figures.raw.map(figureOf),
    usage: { ours: figures.ours.map(({ usage }) => usage), raw: figures.raw.map(({ usage }) => usage) },
  };
}

export function median(values: number[]): number {
  return percentile(values, 0.5);
}

/** Nearest rank; NaN of nothing. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

import type { Budget } from "./budgets.ts";
import { type Each, mapEach } from "./each.ts";
import type { Both } from "./in-turn.ts";
import type { Usage } from "./usage.ts";

/** One line of the table: a figure per round of each, and how busy the processors were meanwhile. */
export type Row = Each<number[]> & {
  what: string;
  unit: string;
  budget?: Budget;
  usage: Each<Usage[]>;
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
    ...mapEach(figures, (rounds) => rounds.map(figureOf)),
    usage: mapEach(figures, (rounds) => rounds.map(({ usage }) => usage)),
  };
}

/** The row without what belongs to none of them. */
export function figuresOf(row: Row): Each<number[]> {
  return mapEach<number[], number[]>(row, (figures) => figures);
}

export function median(values: number[]): number {
  return percentile(values, 0.5);
}

/** Nearest rank; NaN of nothing. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

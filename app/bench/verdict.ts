import { median, type Row } from "./row.ts";

export function ratio({ ours, raw }: Row): number {
  return median(ours) / median(raw);
}

/** `ok`, `over`, or nothing where there is no budget. */
export function verdict(row: Row): "ok" | "over" | "" {
  const { budget } = row;
  if (budget === undefined) return "";
  const value = budget.of === "ours" ? median(row.ours) : ratio(row);
  const isKept =
    value >= (budget.min ?? Number.NEGATIVE_INFINITY) && value <= (budget.max ?? Number.POSITIVE_INFINITY);
  return isKept ? "ok" : "over";
}

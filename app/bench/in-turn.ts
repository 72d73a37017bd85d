import type { Usage } from "./usage.ts";

/** A figure, or more, per round and server. */
export type Both<T> = { ours: T[]; raw: T[] };

/** Rounds that may be made again because somebody else used the processors meanwhile: so many in a whole run. */
export type Spare = { rounds: number };

/** The share of one core that others may take before a round does not count. */
const DISTURBED = 0.1;

/** Raw and ours in turn, so that a slow moment of the machine meets both. */
export async function inTurn<T extends { usage: Usage }>(
  rounds: number,
  spare: Spare,
  measure: Record<"ours" | "raw", () => Promise<T>>,
): Promise<Both<T>> {
  const figures: Both<T> = { ours: [], raw: [] };
  while (figures.ours.length < rounds) {
    const raw = await measure.raw();
    const ours = await measure.ours();
    if (spare.rounds > 0 && (isDisturbed(raw.usage) || isDisturbed(ours.usage))) {
      spare.rounds--;
    } else {
      figures.raw.push(raw);
      figures.ours.push(ours);
    }
  }
  return figures;
}

export function isDisturbed({ otherCpuSeconds, seconds }: Usage): boolean {
  return otherCpuSeconds / seconds > DISTURBED;
}

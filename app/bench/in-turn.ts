/** A figure, or more, per round and server. */
export type Both<T> = { ours: T[]; raw: T[] };

/** Raw and ours in turn, so that a slow moment of the machine meets both. */
export async function inTurn<T>(
  rounds: number,
  measure: Record<"ours" | "raw", () => Promise<T>>,
): Promise<Both<T>> {
  const figures: Both<T> = { ours: [], raw: [] };
  for (let round = 0; round < rounds; round++) {
    figures.raw.push(await measure.raw());
    figures.ours.push(await measure.ours());
  }
  return figures;
}

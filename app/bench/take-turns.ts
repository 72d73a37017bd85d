import type { Bench } from "./bench.ts";

/** Rounds of several measurements, one of each in turn, after those to warm up. */
export async function takeTurns<T>(
  { rounds, warmUpRounds }: Bench,
  measurements: (() => Promise<T>)[],
): Promise<T[][]> {
  const figures: T[][] = measurements.map(() => []);
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const [index, measure] of measurements.entries()) {
      const figure = await measure();
      if (round >= 0) figures[index]?.push(figure);
    }
  }
  return figures;
}

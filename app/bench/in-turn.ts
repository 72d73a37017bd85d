import { type Each, entriesOf, mapEach, mapInTurn } from "./each.ts";
import type { Usage } from "./usage.ts";

/** A figure, or more, per round of each server. */
export type Both<T> = Each<T[]>;

/** Rounds that may be made again because somebody else used the processors meanwhile: so many in a whole run. */
export type Spare = { rounds: number };

/** The share of one core that others may take before a round does not count. */
const DISTURBED = 0.1;

/** A round of each in turn, so that a slow moment of the machine meets all. */
export async function inTurn<T extends { usage: Usage }>(
  rounds: number,
  spare: Spare,
  measure: Each<() => Promise<T>>,
): Promise<Both<T>> {
  const figures = mapEach(measure, (): T[] => []);
  while (figures.ours.length < rounds) {
    const round = await mapInTurn(measure, (measureOne) => measureOne());
    if (spare.rounds > 0 && hasDisturbed(mapEach(round, ({ usage }) => [usage]))) spare.rounds--;
    else for (const [kind, made] of entriesOf(round)) figures[kind]?.push(made);
  }
  return figures;
}

/** A server with Redis is not asked: what Redis takes is what others take, as far as the machine can tell. */
export function hasDisturbed(usages: Each<Usage[]>): boolean {
  return entriesOf(usages).some(([kind, ofKind]) => kind !== "redis" && ofKind.some(isDisturbed));
}

export function isDisturbed({ otherCpuSeconds, seconds }: Usage): boolean {
  return otherCpuSeconds / seconds > DISTURBED;
}

import { Latencies } from "../../deploy/latencies.ts";

/** Short enough to tell what of a deploy it was that took its time. */
export const sliceMs = 250;
/** A quarter of an hour; what comes later is in none. */
const slicesMax = 3_600;

/** What went on in one slice of time. */
export interface Slice {
  readonly latencies: Latencies;
  /** By how much a turn of the clients' own loop came late at most: so much of a latency is not the servers'. */
  lateMs: number;
}

export type WrittenSlice = [slice: number, latencies: ReturnType<Latencies["toJSON"]>, lateMs: number];

/** What deliveries took, slice by slice. */
export class Timeline {
  /** By the number of the slice since the clock's beginning. */
  readonly #slices = new Map<number, Slice>();

  /** `at`: on the machine's clock, in ms, as everywhere here. */
  delivered(at: number, ms: number): void {
    this.#at(Math.floor(at / sliceMs))?.latencies.add(ms);
  }

  turned(at: number, lateMs: number): void {
    const slice = this.#at(Math.floor(at / sliceMs));
    if (slice !== undefined) slice.lateMs = Math.max(slice.lateMs, lateMs);
  }

  /** What another one's `toJSON` has told. */
  addAll(written: readonly WrittenSlice[]): void {
    for (const [number, latencies, lateMs] of written) {
      const slice = this.#at(number);
      slice?.latencies.addAll(latencies);
      if (slice !== undefined) slice.lateMs = Math.max(slice.lateMs, lateMs);
    }
  }

  /** In order, also those in which nothing went on. */
  *between(from: number, to: number): Generator<[at: number, Slice]> {
    for (let number = Math.floor(from / sliceMs); number * sliceMs < to; number += 1)
      yield [number * sliceMs, this.#slices.get(number) ?? emptySlice()];
  }

  toJSON(): WrittenSlice[] {
    return [...this.#slices].map(([number, { latencies, lateMs }]) => [number, latencies.toJSON(), lateMs]);
  }

  #at(number: number): Slice | undefined {
    const known = this.#slices.get(number);
    if (known !== undefined || this.#slices.size >= slicesMax) return known;
    const slice = emptySlice();
    this.#slices.set(number, slice);
    return slice;
  }
}

const emptySlice = (): Slice => ({ latencies: new Latencies(), lateMs: 0 });

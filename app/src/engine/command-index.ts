/** Idempotency records are good for 15 minutes. */
export const commandTtlMs = 15 * 60_000;
const spanMs = 5 * 60_000;
/** 15 minutes of 37,000 commands per second, at 16 to 32 bytes each. */
const commandsMax = 2 ** 25;
const none: readonly number[] = [];

/**
 * Finds the rows of recent commands by a 32-bit fingerprint of their key. A row may be another command's: the
 * caller compares. Lives in memory because an index on disk would dirty one page per command.
 */
export class CommandIndex {
  /** Newest first, each of 5 minutes, so that old commands go by whole spans. */
  #spans: Span[] = [];

  add(fingerprint: number, row: number, now: number): void {
    if (this.#size() >= commandsMax) throw new Error("too many commands in 15 minutes");
    this.#current(row, now).add(fingerprint, row);
  }

  /** Newest first. */
  rows(fingerprint: number): readonly number[] {
    let rows = none;
    for (const span of this.#spans) {
      const found = span.rows(fingerprint);
      if (found.length > 0) rows = [...rows, ...found];
    }
    return rows;
  }

  clear(): void {
    this.#spans = [];
  }

  #size(): number {
    let size = 0;
    for (const span of this.#spans) size += span.size;
    return size;
  }

  #current(row: number, now: number): Span {
    const newest = this.#spans[0];
    if (newest && now < newest.startedAt + spanMs) return newest;
    const kept = this.#spans.filter((span) => now < span.startedAt + spanMs + commandTtlMs);
    const span = new Span(now, row);
    this.#spans = [span, ...kept];
    return span;
  }
}

/** An open-addressed table of (fingerprint, row - firstRow + 1) pairs, at most half full; 0 is a free place. */
class Span {
  readonly startedAt: number;
  readonly #firstRow: number;
  #pairs = new Uint32Array(2 * 1024);
  size = 0;

  constructor(startedAt: number, firstRow: number) {
    this.startedAt = startedAt;
    this.#firstRow = firstRow;
  }

  add(fingerprint: number, row: number): void {
    if (this.size * 4 >= this.#pairs.length) this.#grow();
    this.#place(fingerprint, row - this.#firstRow + 1);
    this.size++;
  }

  rows(fingerprint: number): readonly number[] {
    const pairs = this.#pairs;
    const mask = pairs.length - 1;
    let rows = none;
    for (let at = (fingerprint * 2) & mask; pairs[at + 1] !== 0; at = (at + 2) & mask) {
      if (pairs[at] === fingerprint) rows = [(pairs[at + 1] ?? 0) + this.#firstRow - 1, ...rows];
    }
    return rows;
  }

  #place(fingerprint: number, offset: number): void {
    const pairs = this.#pairs;
    const mask = pairs.length - 1;
    let at = (fingerprint * 2) & mask;
    while (pairs[at + 1] !== 0) at = (at + 2) & mask;
    pairs[at] = fingerprint;
    pairs[at + 1] = offset;
  }

  #grow(): void {
    const old = this.#pairs;
    this.#pairs = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      const offset = old[at + 1] ?? 0;
      if (offset !== 0) this.#place(old[at] ?? 0, offset);
    }
  }
}

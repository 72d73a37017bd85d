import { harmless } from "../client/cli/harmless.ts";
import { HoldlineError } from "../client/index.ts";

/** What was checked does not hold; the message says why. */
export class CheckFailed extends Error {}

/** Checks one after the other, each of which is a line. */
export class CheckList {
  failures = 0;
  readonly #print: (line: string) => void;
  readonly #maxMs: number;

  /** `maxMs`: how long one check may take. */
  constructor(print: (line: string) => void, maxMs: number) {
    this.#print = print;
    this.#maxMs = maxMs;
  }

  /** `check` resolves with what it found, or rejects. False: it does not hold. */
  async run(name: string, check: () => Promise<string>): Promise<boolean> {
    const startedAt = performance.now();
    const tell = (verdict: string, text: string) =>
      this.#print(`${verdict.padEnd(4)} ${msSince(startedAt)} ms  ${text}`);
    try {
      tell("ok", await within(this.#maxMs, check()));
      return true;
    } catch (error) {
      this.failures += 1;
      tell("FAIL", `${name}: ${reasonOf(error)}`);
      return false;
    }
  }
}

const msSince = (startedAt: number): string => String(Math.round(performance.now() - startedAt)).padStart(5);

/** A fault of a check's own is thrown on. */
function reasonOf(error: unknown): string {
  if (error instanceof CheckFailed) return error.message;
  if (error instanceof HoldlineError) return `${harmless(error.code)}: ${harmless(error.message)}`;
  throw error;
}

async function within<T>(ms: number, awaited: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new CheckFailed(`not within ${ms / 1000} s`)), ms);
  try {
    return await Promise.race([awaited, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

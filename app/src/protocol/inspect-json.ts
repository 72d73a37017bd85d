import type { ErrorCode } from "./errors.ts";
import { limits } from "./limits.ts";

/** What is wrong with free-form JSON, which no schema describes. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Refuses what could not be stored and shown again unchanged: lone surrogates, numbers beyond a double, deep nesting.
 * `path`: what the value is called to who sent it.
 */
export function inspectJson(path: string, value: unknown, depth = 0): Problem | null {
  if (typeof value === "string") return value.isWellFormed() ? null : bad(path, "lone surrogate");
  if (typeof value === "number") return Number.isFinite(value) ? null : bad(path, "number out of range");
  if (typeof value !== "object" || value === null) return null;
  if (depth === limits.jsonDepth) return bad(path, `nested deeper than ${limits.jsonDepth} levels`);
  return Array.isArray(value) ? inspectArray(path, value, depth) : inspectObject(path, value, depth);
}

/** Refuses what takes more than so many bytes as JSON. */
export function inspectSize(path: string, value: unknown, bytesMax: number): Problem | null {
  if (Buffer.byteLength(JSON.stringify(value)) <= bytesMax) return null;
  return { code: "too_large", message: `${path}: expected at most ${bytesMax} bytes of JSON.` };
}

const bad = (path: string, message: string): Problem => ({
  code: "bad_message",
  message: `${path}: ${message}.`,
});

function inspectArray(path: string, values: readonly unknown[], depth: number): Problem | null {
  for (const value of values) {
    const problem = inspectJson(path, value, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

function inspectObject(path: string, value: object, depth: number): Problem | null {
  for (const key of Object.keys(value)) {
    if (!key.isWellFormed()) return bad(path, "lone surrogate");
    const problem = inspectJson(path, (value as Record<string, unknown>)[key], depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

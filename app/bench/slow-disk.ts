import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "./servers.ts";

const SOURCE = join(import.meta.dir, "slow-fsync.c");
const DIRECTORY = join(import.meta.dir, "..", "data");

/** The environment in which every fsync of a server takes `delayMs` longer, or why there is none. */
export function slowDisk(delayMs: number): Environment | { reason: string } {
  if (Bun.which("gcc") === null) return { reason: "no gcc to build slow-fsync.c with" };
  mkdirSync(DIRECTORY, { recursive: true });
  const library = join(DIRECTORY, "slow-fsync.so");
  const built = Bun.spawnSync(["gcc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE]);
  if (built.exitCode !== 0) return { reason: `gcc: ${built.stderr}` };
  return { LD_PRELOAD: library, FSYNC_DELAY_MS: String(delayMs) };
}

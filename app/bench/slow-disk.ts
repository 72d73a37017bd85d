import { join } from "node:path";
import type { Environment } from "./servers.ts";

const SOURCE = join(import.meta.dir, "slow-fsync.c");

/** The environment in which every fsync of a server takes `delayMs` longer, or why there is none. */
export function slowDisk(delayMs: number, directory: string): Environment | { reason: string } {
  if (Bun.which("gcc") === null) return { reason: "no gcc to build slow-fsync.c with" };
  const library = join(directory, "slow-fsync.so");
  const built = Bun.spawnSync(["gcc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE]);
  if (built.exitCode !== 0) return { reason: `gcc: ${built.stderr}` };
  return { LD_PRELOAD: library, FSYNC_DELAY_MS: String(delayMs) };
}

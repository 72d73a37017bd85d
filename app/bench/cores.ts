import { availableParallelism } from "node:os";

/** Which core serves and which makes the load; `undefined` when they cannot be pinned. */
export type Cores = { server: number | undefined; load: number | undefined; remark: string };

/** Pins this process, with all its threads, to the load core, and says what was possible. */
export function pinLoad(): Cores {
  const unpinned = (reason: string): Cores => ({
    server: undefined,
    load: undefined,
    remark: `not pinned: ${reason}`,
  });
  if (availableParallelism() < 2)
    return unpinned("one core only, so server and load take it from each other");
  if (Bun.which("taskset") === null) return unpinned("no taskset");
  if (!pin(process.pid, "1")) return unpinned("taskset may not");
  return { server: 0, load: 1, remark: "server on core 0, load on core 1" };
}

/** Moves a process, with all its threads, to these cores: `1`, `0-3`. */
export function pin(pid: number, cores: string): boolean {
  return Bun.spawnSync(["taskset", "-acp", cores, String(pid)]).success;
}

export function onCore(core: number | undefined, command: string[]): string[] {
  return core === undefined ? command : ["taskset", "-c", String(core), ...command];
}

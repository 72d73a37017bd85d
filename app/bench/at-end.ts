const INTERRUPTED = 130;

/** Whatever ends this process, but for SIGKILL, calls `end` first, which cannot wait for anything. */
export function atEnd(end: () => void): void {
  process.on("exit", end);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => process.exit(INTERRUPTED));
}

/** Preloaded into both servers of the memory benchmark, so that neither is charged for garbage. */
process.on("SIGUSR2", () => Bun.gc(true));

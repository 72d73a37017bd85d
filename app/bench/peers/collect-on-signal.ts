/** So that the memory benchmark charges no server on Node for garbage; started with `--expose-gc`. */
export function collectOnSignal(): void {
  process.on("SIGUSR2", () => globalThis.gc?.());
}

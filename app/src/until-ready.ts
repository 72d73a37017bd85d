import type { ControlStatus } from "./control.ts";

const lookEveryMs = 100;

/** Asks until the server is there and ready; false if that takes longer. */
export async function untilReady(
  status: () => Promise<Pick<ControlStatus, "ready">>,
  timeoutSeconds: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  while (!(await status().catch(() => null))?.ready) {
    if (performance.now() >= deadline) return false;
    await Bun.sleep(lookEveryMs);
  }
  return true;
}

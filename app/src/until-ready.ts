import type { ControlStatus } from "./control.ts";

interface Awaited {
  /** Asks the server; rejects if it is not there. */
  readonly status: () => Promise<Pick<ControlStatus, "ready">>;
  /** It will never be there. */
  readonly hasEnded: () => boolean;
  readonly timeoutSeconds: number;
}

const lookEveryMs = 100;

/** Asks until the server is there and ready. */
export async function untilReady({
  status,
  hasEnded,
  timeoutSeconds,
}: Awaited): Promise<"ready" | "ended" | "timeout"> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  while (!(await status().catch(() => null))?.ready) {
    if (hasEnded()) return "ended";
    if (performance.now() >= deadline) return "timeout";
    await Bun.sleep(lookEveryMs);
  }
  return "ready";
}

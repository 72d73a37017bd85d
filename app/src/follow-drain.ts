import type { ControlStatus } from "./control.ts";

interface Follower {
  /** Asks the server; rejects if it is not there. */
  readonly status: () => Promise<ControlStatus>;
  readonly print: (line: string) => void;
  readonly timeoutSeconds: number;
}

/** `withdrawn`: somebody took the drain back. */
export type FollowResult = "done" | "withdrawn" | "timeout";

const everyMs = 1000;
/** The last steps are seen soon, so that whoever waits for the end loses no second. */
const lookEveryMs = 100;

/** Prints a line a second until the connections that the drain is for are gone, and one at the end. */
export async function followDrain({ status, print, timeoutSeconds }: Follower): Promise<FollowResult> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  let printAt = performance.now();
  let total = 0;
  for (;;) {
    const { drain } = await status();
    total = Math.max(total, countOf(drain));
    const isOver = drain.state === "running" || drain.remaining <= 0;
    const isLate = performance.now() >= deadline;
    if (isOver || isLate || performance.now() >= printAt) {
      print(describe(drain, total));
      printAt = performance.now() + everyMs;
    }
    if (drain.state === "running") return "withdrawn";
    if (isOver) return "done";
    if (isLate) return "timeout";
    await Bun.sleep(lookEveryMs);
  }
}

type DrainStatus = ControlStatus["drain"];

const countOf = ({ moved, forced, lost, remaining }: DrainStatus): number =>
  moved + forced + lost + remaining;

function describe(drain: DrainStatus, total: number): string {
  const { moved, forced, lost, remaining, isPaused } = drain;
  const counts = `moved ${moved} forced ${forced} lost ${lost} remaining ${Math.max(0, remaining)} of ${total}`;
  return isPaused ? `${counts} paused` : counts;
}

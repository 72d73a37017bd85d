import { expect, test } from "bun:test";
import { LiveTime } from "../../../bench/deploy-load/live-time.ts";
import { ManualClock } from "../../support/manual-clock.ts";

type Event = "opened" | "closed";

const runs: [events: Event[], isGap: boolean][] = [
  [["opened"], false],
  [["opened", "opened", "closed"], false],
  [["opened", "closed", "opened"], true],
  [["opened", "closed"], true],
  [["opened", "opened", "closed", "closed", "opened"], true],
  [[], false],
];
test.each(runs)("after %j, a gap: %p", (events, isGap) => {
  const clock = new ManualClock();
  const live = new LiveTime(
    () => true,
    () => clock.monotonic(),
  );
  for (const event of events) {
    live[event]();
    clock.advance(2);
  }
  live.end();
  expect(live.longestGapMs > 1).toBe(isGap);
});

test("counts no gap while nobody watches", () => {
  const clock = new ManualClock();
  const live = new LiveTime(
    () => false,
    () => clock.monotonic(),
  );
  live.opened();
  live.closed();
  clock.advance(2);
  live.opened();
  expect(live.longestGapMs).toBe(0);
});

import { expect, test } from "bun:test";
import { LiveTime } from "../../../bench/deploy-load/live-time.ts";

type Event = "opened" | "closed";

const runs: [events: Event[], isGap: boolean][] = [
  [["opened"], false],
  [["opened", "opened", "closed"], false],
  [["opened", "closed", "opened"], true],
  [["opened", "closed"], true],
  [["opened", "opened", "closed", "closed", "opened"], true],
  [[], false],
];
test.each(runs)("after %j, a gap: %p", async (events, isGap) => {
  const live = new LiveTime(() => true);
  for (const event of events) {
    live[event]();
    await Bun.sleep(2);
  }
  live.end();
  expect(live.longestGapMs > 1).toBe(isGap);
});

test("counts no gap while nobody watches", async () => {
  const live = new LiveTime(() => false);
  live.opened();
  live.closed();
  await Bun.sleep(2);
  live.opened();
  expect(live.longestGapMs).toBe(0);
});

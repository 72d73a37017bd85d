import { expect, test } from "bun:test";
import { intervalMs, underWayLimit } from "../../deploy/pace.ts";

const limits = [1, 4, 10, 60, 600, 100_000];

test.each(limits)("at %i a minute, messages and their deletion stay below it", (messagesPerMinute) => {
  const perMinute = (2 * 60_000) / intervalMs({ messagesPerMinute });
  expect(perMinute).toBeLessThan(messagesPerMinute);
});

test.each(limits.slice(1))("at %i a minute, all that is under way may come at once", (messagesPerMinute) => {
  const writes = 2 * underWayLimit({ messagesPerMinute });
  expect(writes).toBeLessThanOrEqual(messagesPerMinute / 2);
  expect(writes).toBeGreaterThan(0);
});

test("without a limit there is still a pace", () => {
  expect([intervalMs({ messagesPerMinute: 0 }), underWayLimit({ messagesPerMinute: 0 })]).toEqual([200, 50]);
});

import { expect, test } from "bun:test";
import { RefusalLog } from "../../src/http/refusal-log.ts";
import { type LogFields, noopLog } from "../../src/telemetry/log.ts";
import { ManualClock } from "../support/manual-clock.ts";

test("a flood of refusals is ten lines a second, and then how many there were", () => {
  const clock = new ManualClock();
  const lines: LogFields[] = [];
  const info = (_event: string, fields: LogFields = {}) => void lines.push(fields);
  const refusals = new RefusalLog({ ...noopLog, info }, clock);
  for (let count = 0; count < 100; count += 1) refusals.note({ code: "server_full" });
  expect(lines).toEqual(Array(10).fill({ code: "server_full" }));
  clock.advance(1000);
  refusals.note({ code: "draining" });
  refusals.note({ code: "draining" });
  expect(lines.slice(10)).toEqual([{ code: "draining", unlogged: 90 }, { code: "draining" }]);
});

import { beforeEach, expect, test } from "bun:test";
import { Readiness } from "../../src/http/readiness.ts";
import { type LogEvent, noopLog } from "../../src/telemetry/log.ts";
import { settle } from "../support/chat-world.ts";
import { ManualClock } from "../support/manual-clock.ts";

type Canary = PromiseWithResolvers<void>;

let clock: ManualClock;
let canaries: Canary[];
let logged: LogEvent[];
let readiness: Readiness;

beforeEach(() => {
  clock = new ManualClock();
  canaries = [];
  logged = [];
  const log = { ...noopLog, error: (event: LogEvent) => void logged.push(event) };
  const probe = () => {
    const canary = Promise.withResolvers<void>();
    canaries.push(canary);
    return canary.promise;
  };
  readiness = new Readiness({ engine: { probe }, clock, log });
  readiness.start();
});

async function returnNewest(): Promise<void> {
  canaries.at(-1)?.resolve();
  await settle();
}

async function loseNewest(): Promise<void> {
  canaries.at(-1)?.reject(new Error("lost"));
  await settle();
}

test("nothing is healthy before the first canary is back", async () => {
  expect([readiness.isEngineHealthy, readiness.canaryAgeMs]).toEqual([false, null]);
  await returnNewest();
  expect([readiness.isEngineHealthy, readiness.canaryAgeMs]).toEqual([true, 0]);
});

test("a canary is sent every second", async () => {
  for (let second = 0; second < 3; second += 1) {
    await returnNewest();
    clock.advance(1000);
  }
  expect(canaries).toHaveLength(4);
});

test("one canary is under way at most, until it is given up after 5 s", () => {
  clock.advance(5000);
  expect(canaries).toHaveLength(1);
  clock.advance(1000);
  expect(canaries).toHaveLength(2);
});

test("health ends 5 s after the last canary came back", async () => {
  await returnNewest();
  clock.advance(5000);
  expect(readiness.isEngineHealthy).toBe(true);
  clock.advance(1);
  expect(readiness.isEngineHealthy).toBe(false);
});

test("a canary that comes back after it was given up proves nothing", async () => {
  clock.advance(6000);
  canaries[0]?.resolve();
  await settle();
  expect(readiness.isEngineHealthy).toBe(false);
  await returnNewest();
  expect(readiness.isEngineHealthy).toBe(true);
});

test("an outage is one line in the log, and the next outage another", async () => {
  for (const end of [loseNewest, loseNewest, returnNewest, loseNewest]) {
    await end();
    clock.advance(1000);
  }
  expect(logged).toEqual(["task.failed", "task.failed"]);
});

test("no canary is sent after the end", async () => {
  await returnNewest();
  readiness.stop();
  clock.advance(10_000);
  expect(canaries).toHaveLength(1);
});

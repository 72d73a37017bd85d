import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { newTally } from "../../bench/deploy-load/tally.ts";
import { DeployStack } from "../support/deploys/deploy-stack.ts";
import { type DeployPhase, phases } from "../support/deploys/running-deploy.ts";
import type { StackUsers } from "../support/deploys/stack-users.ts";
import { eventually } from "../support/eventually.ts";
import { type Color, isStackAsked } from "../support/stack.ts";
import { unhurried } from "../support/unhurried.ts";

const startMs = 180_000;
const testMs = 240_000;
const rollbackMs = 5_000;

let deploys: DeployStack;

describe.skipIf(!isStackAsked)("a deploy that is interrupted (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    deploys = await DeployStack.start();
  }, startMs);
  afterAll(() => deploys?.[Symbol.asyncDispose](), testMs);

  test.each(["SIGKILL", "SIGINT"] as const)(
    "by %s in any phase goes on when it is run again, and nobody notices",
    (signal) =>
      unnoticed(async (users) => {
        const target = await deploys.idle();
        for (const phase of phases) await interrupt(target, phase, signal);
        await users.saidMore(3);
        const { exitCode, text } = await deploys.deploy(target);
        // The last one may have been over before it was interrupted.
        expect(text).toContain(exitCode === 4 ? `${target} already serves` : `${target} serves`);
        expect([0, 4]).toContain(exitCode);
        expect(await deploys.serving()).toBe(target);
      }),
    testMs,
  );

  test(
    "is the only one: another one is refused meanwhile; and is rolled back within five seconds when it is done",
    () =>
      unnoticed(async () => {
        const [serving, target] = [await deploys.serving(), await deploys.idle()];
        const first = deploys.begin(target, deploys.good);
        await first.until("start");
        expect((await deploys.deploy(target)).exitCode).toBe(3);
        expect((await first.ended()).exitCode).toBe(0);
        await rollBackTo(serving);
      }),
    testMs,
  );

  test(
    "loses nothing by a restart of Redis while it drains",
    async () => {
      await using users = await deploys.users();
      const target = await deploys.idle();
      const deploy = deploys.begin(target, deploys.good);
      await deploy.until("drain");
      await deploys.stack.compose("restart", "--timeout", "5", "redis");
      const { exitCode, text } = await deploy.ended();
      expect([exitCode, text]).toEqual([0, expect.any(String)]);
      // The grace of these tests may be over before anybody notices that Redis is away: then a client has a gap.
      expect((await users.report()).tally).toEqual(newTally());
    },
    testMs,
  );

  test(
    "is rolled back within five seconds, also while it drains",
    () =>
      unnoticed(async () => {
        const serving = await deploys.serving();
        const deploy = deploys.begin(await deploys.idle(), deploys.good);
        await deploy.until("drain");
        await rollBackTo(serving);
        expect((await deploy.ended()).exitCode).toBe(130);
      }),
    testMs,
  );
});

/** Nothing is lost, doubled or out of order, and whoever hands over is never without a socket. */
async function unnoticed(during: (users: StackUsers) => Promise<void>): Promise<void> {
  await using users = await deploys.users();
  await during(users);
  const { tally, gapsMs } = await users.report();
  expect([tally, ...new Set(gapsMs.handover)]).toEqual([newTally(), 0]);
}

/** A run that goes on where the one before was interrupted, and comes as far as this phase. */
async function interrupt(target: Color, phase: DeployPhase, signal: "SIGKILL" | "SIGINT"): Promise<void> {
  const deploy = deploys.begin(target, deploys.good);
  await deploy.until(phase);
  if (signal === "SIGKILL") deploy.kill();
  else await deploy.interrupt();
  const { exitCode, text } = await deploy.ended();
  // It may be over already, where a phase takes no time; and bash may fail at its trap, which is undone as well.
  const expected = [signal === "SIGKILL" ? 137 : 130, 0, 4];
  if (!expected.includes(exitCode) && !text.includes("interrupt trap"))
    throw new Error(`${signal} in ${phase} ended it with ${exitCode}: ${text}`);
}

async function rollBackTo(color: Color): Promise<void> {
  const askedAt = performance.now();
  const rollback = deploys.stack.spawn("scripts/blue-green-deploy.sh", "rollback", "--rate", "1000");
  await eventually(
    `new sockets on ${color}`,
    unhurried(async () => (await deploys.serving()) === color),
    {
      withinMs: 30_000,
    },
  );
  expect(performance.now() - askedAt).toBeLessThan(rollbackMs);
  expect(await rollback.exited).toBe(0);
}

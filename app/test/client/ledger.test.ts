import { expect, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { cutsEverywhere, FaultPlan, type PlannedFault } from "../support/fault-proxy/fault-plan.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { SdkLedger } from "../support/ledger/sdk-ledger.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { ServerHome } from "../support/server-home.ts";

const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** On an idle machine a run takes 10 s; with other tests beside it, some times that. */
const deadlineMs = 120_000;

const otherFaults: readonly PlannedFault[] = [
  { at: "request", fault: { kind: "duplicate" } },
  { at: "greeting", fault: { kind: "delay", ms: 50 } },
  { at: "message", fault: { kind: "half_close", at: "after" } },
  { at: "ack", fault: { kind: "half_close", at: "before" } },
  { at: "message", fault: { kind: "stall", at: "before" } },
  { at: "ack", fault: { kind: "stall", at: "before", isBoth: true } },
  { at: "joinAnswer", fault: { kind: "stall", at: "before" } },
];

/** Ten members in twelve rooms, soon back and soon impatient. */
const createLedger = (url: string, writes: number): SdkLedger =>
  new SdkLedger({
    random: new SeededRandom(seed),
    members: 10,
    rooms: 12,
    writes,
    client: { url, reconnectDelayMs: 20, reconnectDelayMaxMs: 200, answerTimeoutMs: 800 },
  });

async function settle(ledger: SdkLedger, url: string): Promise<void> {
  try {
    await ledger.finish(url, deadlineMs);
  } catch (error) {
    console.error(`To run it again with the same choices: LEDGER_SEED=${seed}`);
    throw error;
  }
}

test("10,000 writes, a fault with each 50th ack, at one step after the other: each once, in order, for all", async () => {
  await using home = await ServerHome.create();
  await home.start();
  await using proxy = await FaultProxy.start(home.url);
  const plan = new FaultPlan([...cutsEverywhere, ...otherFaults], 50);
  using ledger = createLedger(proxy.url, 10_000);
  await ledger.start();
  proxy.rule = (step) => plan.decide(step);
  await settle(ledger, home.url);
  expect(plan.happened.filter((times) => times < 3)).toEqual([]);
  expect(ledger.sum("reconnects")).toBeGreaterThan(150);
  expect([ledger.sum("resets"), ledger.sum("holes")]).toEqual([0, 0]);
}, 300_000);

test("3,000 writes, a server killed three times and faults besides: each once, in order, for all", async () => {
  await using home = await ServerHome.create();
  let server = await home.start();
  await using proxy = await FaultProxy.start(home.url);
  const plan = new FaultPlan(cutsEverywhere, 100);
  using ledger = createLedger(proxy.url, 3000);
  await ledger.start();
  proxy.rule = (step) => plan.decide(step);
  for (const share of [0.25, 0.5, 0.75]) {
    await eventually("a part", () => ledger.stored >= 3000 * share, { withinMs: deadlineMs });
    await server.kill();
    server = await home.start();
  }
  await settle(ledger, home.url);
  expect([ledger.sum("resets"), ledger.sum("holes")]).toEqual([0, 0]);
}, 300_000);

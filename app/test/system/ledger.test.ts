import { expect, test } from "bun:test";
import { expectLedger } from "../support/ledger/expect-ledger.ts";
import { LedgerRun } from "../support/ledger/ledger-run.ts";
import type { Write } from "../support/ledger/writes.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { ServerHome } from "../support/server-home.ts";

const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 32));

test("50 clients in 10 rooms, cut at random, on a server killed 3 times: every acked write once, in order, for all", async () => {
  await using home = await ServerHome.create();
  const run = new LedgerRun(home, new SeededRandom(seed));
  try {
    await run.finish();
    const rooms = await run.audit();
    expect(run.violations).toEqual([]);
    expectLedger(run.clients, rooms);
    expectHardship(run);
  } catch (error) {
    console.error(`To run it again with the same choices: LEDGER_SEED=${seed}`);
    throw error;
  } finally {
    run.end();
  }
}, 300_000);

/** That what this test is about did happen. */
function expectHardship({ clients, killed }: LedgerRun): void {
  const sum = (count: (client: (typeof clients)[number]) => number) =>
    clients.reduce((total, client) => total + count(client), 0);
  const storedOf = (type: Write["type"]) =>
    sum(({ writes }) => [...writes.stored.values()].filter(({ write }) => write.type === type).length);
  expect(killed).toBe(3);
  expect(sum(({ cuts }) => cuts)).toBeGreaterThan(50);
  expect(sum(({ writes }) => writes.duplicates)).toBeGreaterThan(0);
  expect(
    sum(({ copies }) => [...copies.values()].reduce((count, { resets }) => count + resets, 0)),
  ).toBeGreaterThan(0);
  for (const type of ["message_edit", "message_delete", "reaction"] as const)
    expect([type, storedOf(type) > 100]).toEqual([type, true]);
}

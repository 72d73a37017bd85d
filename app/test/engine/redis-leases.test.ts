import { expect, test } from "bun:test";
import { RedisKeys } from "../../src/engine/keys.ts";
import { RedisLeases } from "../../src/engine/redis-leases.ts";
import type { RedisScripts } from "../../src/engine/redis-scripts.ts";
import { ManualClock } from "../support/manual-clock.ts";

/** A Redis that is asked by hand. */
function world() {
  const asked: { run: unknown; answer(lease: string): void; fail(): void }[] = [];
  const run = (_name: string, _keys: readonly string[], args: readonly unknown[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const answer = (lease: string) => resolve([lease, 1000, "r1", lease, "4000", "waiting a"]);
    asked.push({ run: args[4], answer, fail: () => reject(new Error("away")) });
    return promise;
  };
  const taken: string[] = [];
  const scripts = { run } as unknown as RedisScripts;
  const leases = new RedisLeases(
    { scripts, keys: new RedisKeys("test"), clock: new ManualClock(), instance: "a", times: {} },
    { taken: (lease) => taken.push(lease), gone() {}, left() {}, looked() {}, failed() {} },
  );
  const look = async (answer: (asked: { answer(lease: string): void; fail(): void }) => void) => {
    const looked = leases.look().catch(() => {});
    answer(asked.at(-1) as (typeof asked)[number]);
    await looked;
  };
  return { leases, asked, taken, look };
}

test("a lease that is renounced while it is renewed is not renewed again", async () => {
  const { leases, asked, taken, look } = world();
  await look(({ answer }) => answer("L1"));
  const looked = leases.look();
  leases.renounce();
  asked.at(-1)?.answer("L1");
  await looked;
  await look(({ answer }) => answer("L2"));
  await look(({ answer }) => answer("L2"));
  expect(asked.map(({ run }) => run)).toEqual(["", "r1", "", "r1"]);
  expect(taken).toEqual(["L1", "L2"]);
});

test("a lease that is renounced stays so until Redis has answered", async () => {
  const { leases, asked, look } = world();
  await look(({ answer }) => answer("L1"));
  leases.renounce();
  await look(({ fail }) => fail());
  await look(({ answer }) => answer("L2"));
  expect(asked.map(({ run }) => run)).toEqual(["", "", ""]);
});

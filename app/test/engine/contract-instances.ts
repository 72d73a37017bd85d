import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { instancePresenceContract } from "./contract-instance-presence.ts";
import { instanceSessionsContract } from "./contract-instance-sessions.ts";
import { type InstancesStore, InstancesWorld } from "./instances-world.ts";
import { until } from "./until.ts";

/** What an engine owes that serves several instances. `makeStore` makes an empty store for each test. */
export function instancesContract(name: string, makeStore: () => Promise<InstancesStore>): void {
  describe(`${name} keeps the contract of several instances`, () => {
    const world = new InstancesWorld();
    beforeEach(async () => world.begin(await makeStore(), ["a", "b", "c"]));
    afterEach(() => world.end());
    instanceSessionsContract(world);
    instancePresenceContract(world);

    test("an instance has a successor in another that is ready, and alive", async () => {
      const [a, b, c] = world.instances;
      const successors = () => Promise.all([a, b, c].map(({ engine }) => engine.others.hasSuccessor()));
      for (const { engine } of [a, b, c]) engine.others.setReady(false);
      await until(async () => !(await successors()).includes(true), "nobody ready");
      b.engine.others.setReady(true);
      await until(async () => (await successors()).includes(true), "somebody ready");
      expect(await successors()).toEqual([true, false, true]);
      b.engine.others.setReady(false);
      await until(async () => !(await successors()).includes(true), "nobody ready again");
      b.engine.others.setReady(true);
      await world.store.kill("b");
      await until(async () => !(await a.engine.others.hasSuccessor()), "no successor that is alive");
    });
  });
}

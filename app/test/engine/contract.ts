import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { busContract } from "./contract-bus.ts";
import { changesContract } from "./contract-changes.ts";
import { commandsContract } from "./contract-commands.ts";
import { logContract } from "./contract-log.ts";
import { peopleContract } from "./contract-people.ts";
import { reactionsContract } from "./contract-reactions.ts";
import { readsContract } from "./contract-reads.ts";
import { type EngineStore, EngineWorld } from "./engine-world.ts";

/** What every engine must do. `makeStore` makes an empty store for each test. */
export function engineContract(name: string, makeStore: () => Promise<EngineStore>): void {
  describe(`${name} keeps the engine contract`, () => {
    const world = new EngineWorld();
    beforeEach(async () => world.begin(await makeStore()));
    afterEach(() => world.end());
    logContract(world);
    commandsContract(world);
    readsContract(world);
    changesContract(world);
    reactionsContract(world);
    peopleContract(world);
    busContract(world);

    test("the install secret is 32 bytes, the same in every life", async () => {
      await world.open();
      const secret = await world.engine.installSecret();
      await world.reopen();
      expect(secret.length).toBe(32);
      expect(await world.engine.installSecret()).toEqual(secret);
    });

    test("a probe comes back", async () => {
      await world.open();
      await world.engine.probe();
      await world.engine.close();
      await expect(world.engine.probe()).rejects.toThrow();
    });
  });
}

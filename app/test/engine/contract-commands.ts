import { describe, expect, test } from "bun:test";
import { aPublish } from "./a-publish.ts";
import { type EngineWorld, room, stored } from "./engine-world.ts";

/** A command is carried out once, however often it comes. */
export function commandsContract(world: EngineWorld): void {
  describe("commands", () => {
    const command = { commandId: "c1", commandHash: "h1" };

    test("repeated later get the first answer", async () => {
      await world.open();
      const [first] = await world.publishAll([{ ...command, createdAt: Date.now() - 5 }]);
      const [again] = await world.publishAll([command]);
      expect(again).toEqual({ ...first, duplicate: true });
      expect(await world.engine.head(room)).toMatchObject({ seq: 1 });
    });

    test("repeated at the same moment are stored once", async () => {
      await world.open();
      const results = await Promise.all(
        [command, command, command].map((c) => world.engine.publish(aPublish(c))),
      );
      expect(results.map((result) => stored(result).duplicate)).toEqual([false, true, true]);
      expect(new Set(results.map((result) => stored(result).messageId)).size).toBe(1);
      expect(await world.engine.head(room)).toMatchObject({ seq: 1 });
    });

    test("repeated in a later life get the first answer", async () => {
      await world.open();
      const [first] = await world.publishAll([command]);
      await world.reopen();
      expect(await world.publishAll([command])).toEqual([{ ...first, duplicate: true }]);
    });

    test("repeated after their event was trimmed get the first answer", async () => {
      await world.open({ historyMessagesMax: 1 });
      const [first] = await world.publishAll([command, {}, {}]);
      expect(await world.publishAll([command])).toEqual([{ ...first, duplicate: true }]);
    });

    test("with another hash are conflicts, and the batch around them is stored", async () => {
      await world.open();
      const other = { ...command, commandHash: "h2" };
      const results = await Promise.all(
        [command, other, {}].map((fields) => world.engine.publish(aPublish(fields))),
      );
      expect(results.map((result) => (result.ok ? result.seq : result.code))).toEqual([1, "id_conflict", 2]);
      expect(await world.engine.publish(aPublish(other))).toEqual({ ok: false, code: "id_conflict" });
    });

    test("of another user or room are commands of their own", async () => {
      await world.open();
      const results = await world.publishAll([
        command,
        { ...command, userId: "u2" },
        { ...command, room: "room:b" },
      ]);
      expect(results.map((result) => result.duplicate)).toEqual([false, false, false]);
    });

    test("keep their answers apart among thousands", async () => {
      await world.open();
      const ids = Array.from({ length: 3000 }, (_, index) => `c${index}`);
      const publishAllOnce = () =>
        Promise.all(ids.map((commandId) => world.engine.publish(aPublish({ commandId }))));
      const first = await publishAllOnce();
      const again = await publishAllOnce();
      expect(again).toEqual(first.map((result) => ({ ...result, duplicate: true })));
    });
  });
}

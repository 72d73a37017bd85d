import { describe, expect, test } from "bun:test";
import { aPublish } from "./a-publish.ts";
import { type EngineWorld, page, room, seqsOf, start, stored } from "./engine-world.ts";

/** What a publish stores, and in which order. */
export function logContract(world: EngineWorld): void {
  describe("order", () => {
    test("numbers the events of each room densely from 1", async () => {
      await world.open();
      const rooms = ["room:a", "room:b", "room:a", "room:a", "room:b"];
      const results = await world.publishAll(rooms.map((room) => ({ room })));
      expect(results.map((result) => result.seq)).toEqual([1, 1, 2, 3, 2]);
      expect(new Set(results.map((result) => result.epoch)).size).toBe(2);
    });

    test("keeps the order of calls and leaves no hole among concurrent publishes", async () => {
      await world.open();
      const contents = Array.from({ length: 1000 }, (_, index) => String(index));
      const results = await Promise.all(
        contents.map((content) => world.engine.publish(aPublish({ content }))),
      );
      expect(results.map((result) => stored(result).seq)).toEqual(contents.map((_, index) => index + 1));
      const events = await world.eventsAfter(start);
      expect(events.map((event) => event.content)).toEqual(contents);
    });

    test("goes on where an earlier life ended, in the same epoch", async () => {
      await world.open();
      const [first] = await world.publishAll(1);
      await world.reopen();
      const [second] = await world.publishAll(1);
      expect(second).toMatchObject({ epoch: first.epoch, seq: 2 });
    });

    test("stores what is waiting when it is closed", async () => {
      await world.open();
      const waiting = Array.from({ length: 100 }, () => world.engine.publish(aPublish()));
      await world.reopen();
      expect((await Promise.all(waiting)).every((result) => result.ok)).toBe(true);
      expect(await world.engine.head(room)).toMatchObject({ seq: 100 });
    });

    test("refuses a publish after close", async () => {
      await world.open();
      await world.engine.close();
      expect(await world.engine.publish(aPublish())).toEqual({ ok: false, code: "unavailable" });
    });
  });

  describe("events", () => {
    test("come back as they were published", async () => {
      await world.open();
      const publish = aPublish({
        content: "ß 🙂 \u0000 end",
        metaJson: '{"a":[1,"ß"]}',
        commandId: "c1",
        socket: 3,
      });
      const { epoch, seq } = stored(await world.engine.publish(publish));
      const { room: _room, userId, commandHash, ...kept } = publish;
      const expected = { ...kept, v: 1, epoch, seq, messageAuthorId: null, isEdited: false, rest: null };
      expect(await world.eventsAfter(start)).toEqual([expected]);
      expect((await world.engine.history(room, page)).messages).toEqual([{ ...expected, reactions: [] }]);
    });

    test("of unknown kinds pass through unchanged, in place, and are no messages", async () => {
      await world.open();
      const [{ epoch }] = await world.publishAll(1);
      await world.store.appendForeign(room, "poll_closed", '{"votes":[1,2]}');
      const [after] = await world.publishAll(1);
      const events = await world.eventsAfter({ epoch, seq: 1 });
      expect(events[0]).toMatchObject({
        seq: 2,
        kind: "poll_closed",
        rest: '{"votes":[1,2]}',
        content: null,
      });
      expect(events[1]).toMatchObject({ seq: 3, messageId: after.messageId });
      expect(seqsOf((await world.engine.history(room, page)).messages)).toEqual([1, 3]);
    });
  });

  describe("bounds", () => {
    test("refuses at once what is more than may wait, and stores the rest", async () => {
      await world.open();
      const content = "x".repeat(8000);
      const results = await Promise.all(
        Array.from({ length: 9000 }, () => world.engine.publish(aPublish({ content }))),
      );
      const accepted = results.filter((result) => result.ok);
      expect(accepted.length).toBeGreaterThan(8000);
      expect(accepted.length).toBeLessThan(9000);
      expect(results.filter((result) => !result.ok && result.code !== "unavailable")).toEqual([]);
      expect(await world.engine.head(room)).toMatchObject({ seq: accepted.length });
      await world.publishAll(1);
    }, 20_000);
  });
}

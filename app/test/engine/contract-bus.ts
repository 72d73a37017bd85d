import { describe, expect, test } from "bun:test";
import type { EngineListener, StoredEvent } from "../../src/chat/engine.ts";
import { aPublish } from "./a-publish.ts";
import { type EngineWorld, room, seqsOf, start } from "./engine-world.ts";
import { until } from "./until.ts";

/** What the listener hears. */
export function busContract(world: EngineWorld): void {
  describe("bus", () => {
    type Call = [room: string, events: readonly StoredEvent[]];
    const hearing = (calls: Call[]): Partial<EngineListener> => ({
      stored: (room, events) => calls.push([room, events]),
    });

    test("announces events as the log holds them, of subscribed rooms only", async () => {
      const calls: Call[] = [];
      await world.open({}, hearing(calls));
      await world.engine.subscribe(room);
      await world.engine.subscribe(room);
      await world.publishAll([{ commandId: "c1", metaJson: "{}" }, { room: "room:b" }, {}]);
      await until(() => calls.flatMap(([, events]) => events).length === 2, "two events");
      expect(calls.map(([room]) => room)).toEqual([room, room]);
      expect(calls.flatMap(([, events]) => events)).toEqual([...(await world.eventsAfter(start))]);
      world.engine.unsubscribe(room);
      await world.publishAll(1);
      await world.engine.subscribe(room);
      await world.publishAll(1);
      await until(() => calls.length > 2, "another call");
      expect(seqsOf(calls.slice(2).flatMap(([, events]) => events))).toEqual([4]);
    });

    test("announces nothing that cannot be read yet", async () => {
      const announced: number[] = [];
      const heads: Promise<[last: number, head: number]>[] = [];
      const stored = (room: string, events: readonly StoredEvent[]) => {
        announced.push(...seqsOf(events));
        const last = announced.at(-1) ?? 0;
        heads.push(world.engine.head(room).then((head) => [last, head.seq]));
      };
      await world.open({}, { stored });
      await world.engine.subscribe(room);
      await Promise.all(Array.from({ length: 200 }, () => world.engine.publish(aPublish())));
      await until(() => announced.length === 200, "200 events");
      expect(announced).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
      for (const [last, head] of await Promise.all(heads)) expect(head).toBeGreaterThanOrEqual(last);
    });

    test("does not announce duplicates and conflicts", async () => {
      const calls: Call[] = [];
      await world.open({}, hearing(calls));
      await world.engine.subscribe(room);
      await world.publishAll([{ commandId: "c1" }, { commandId: "c1" }]);
      await world.engine.publish(aPublish({ commandId: "c1", commandHash: "h2" }));
      await world.publishAll(1);
      await until(() => calls.length === 2, "two calls");
      expect(calls.flatMap(([, events]) => seqsOf(events))).toEqual([1, 2]);
    });
  });
}

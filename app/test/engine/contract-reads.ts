import { describe, expect, test } from "bun:test";
import type { HistoryBounds, Position, ReplayBounds } from "../../src/chat/engine.ts";
import { aPublish } from "./a-publish.ts";
import { type EngineWorld, page, room, seqsOf, start, wide } from "./engine-world.ts";

/** What can be read of a log: replay, history, and how much of it is kept. */
export function readsContract(world: EngineWorld): void {
  describe("replay", () => {
    const replayed = async (after: Position, bounds: Partial<ReplayBounds> = {}) =>
      world.engine.replay(room, after, { ...wide, ...bounds });

    test("of a room without a log", async () => {
      await world.open();
      expect(await world.engine.head(room)).toEqual(start);
      expect(await replayed(start)).toEqual({ recovered: true, ...start, events: [], isComplete: true });
      expect(await replayed({ epoch: "e", seq: 0 })).toEqual({
        recovered: false,
        reason: "epoch",
        ...start,
      });
      expect(await world.engine.history(room, page)).toEqual({ ...start, messages: [], hasMore: false });
    });

    test("gives exactly what came after a position", async () => {
      await world.open();
      const [{ epoch }] = await world.publishAll(5);
      const table: [Position, number[]][] = [
        [start, [1, 2, 3, 4, 5]],
        [{ epoch, seq: 0 }, [1, 2, 3, 4, 5]],
        [{ epoch, seq: 3 }, [4, 5]],
        [{ epoch, seq: 5 }, []],
      ];
      for (const [after, seqs] of table) {
        const answer = await replayed(after);
        expect(answer).toMatchObject({ recovered: true, epoch, seq: 5, isComplete: true });
        expect(seqsOf(answer.recovered ? answer.events : [])).toEqual(seqs);
      }
    });

    test("refuses with the reason", async () => {
      await world.open({ historyMessagesMax: 4 });
      const [{ epoch }] = await world.publishAll(6);
      const table: [Position, Partial<ReplayBounds>, string][] = [
        [{ epoch: "another", seq: 5 }, {}, "epoch"],
        [{ epoch: "", seq: 5 }, {}, "epoch"],
        [{ epoch, seq: 7 }, {}, "epoch"],
        [{ epoch, seq: 1 }, {}, "trimmed"],
        [start, {}, "trimmed"],
        [{ epoch, seq: 2 }, { replayMax: 3 }, "too_far"],
      ];
      for (const [after, bounds, reason] of table) {
        expect(await replayed(after, bounds)).toEqual({ recovered: false, reason, epoch, seq: 6 } as never);
      }
      expect(await replayed({ epoch, seq: 2 }, { replayMax: 4 })).toMatchObject({ recovered: true });
    });

    test("stops at its bounds and says so", async () => {
      await world.open();
      const [{ epoch }] = await world.publishAll(Array(4).fill({ content: "1234567", metaJson: "{ }" }));
      const table: [Partial<ReplayBounds>, number[], boolean][] = [
        [{ eventsMax: 2 }, [1, 2], false],
        [{ eventsMax: 4 }, [1, 2, 3, 4], true],
        [{ textUnitsMax: 1 }, [1], false],
        [{ textUnitsMax: 11 }, [1, 2], false],
        [{ textUnitsMax: 40 }, [1, 2, 3, 4], true],
      ];
      for (const [bounds, seqs, isComplete] of table) {
        const answer = await replayed({ epoch, seq: 0 }, bounds);
        expect(answer).toMatchObject({ recovered: true, seq: 4, isComplete });
        expect(seqsOf(answer.recovered ? answer.events : [])).toEqual(seqs);
      }
    });
  });

  test("what one read answers is of one moment, also while events are stored", async () => {
    await world.open();
    const [{ epoch }] = await world.publishAll(1);
    let isPublishing = true;
    const publishing = world.publishAll(300).finally(() => {
      isPublishing = false;
    });
    while (isPublishing) {
      const { seq } = await world.engine.head(room);
      for (let read = 0; read < 30; read++) {
        const replay = await world.engine.replay(room, { epoch, seq: seq - 1 }, wide);
        expect(seqsOf(replay.recovered ? replay.events : []).at(-1)).toBe(replay.seq);
      }
      await Bun.sleep(0);
    }
    await publishing;
  });

  describe("history", () => {
    test("gives the newest messages, oldest first, and pages back", async () => {
      await world.open();
      const [{ epoch }] = await world.publishAll(7);
      const table: [Partial<HistoryBounds>, number[], boolean][] = [
        [{}, [1, 2, 3, 4, 5, 6, 7], false],
        [{ limit: 3 }, [5, 6, 7], true],
        [{ limit: 7 }, [1, 2, 3, 4, 5, 6, 7], false],
        [{ limit: 3, before: 5 }, [2, 3, 4], true],
        [{ limit: 3, before: 4 }, [1, 2, 3], false],
        [{ before: 1 }, [], false],
        [{ limit: 2, before: 1000 }, [6, 7], true],
        [{ textUnitsMax: 1 }, [7], true],
        [{ textUnitsMax: 6 }, [6, 7], true],
      ];
      for (const [bounds, seqs, hasMore] of table) {
        const answer = await world.engine.history(room, { ...page, ...bounds });
        expect(answer).toMatchObject({ epoch, seq: 7, hasMore });
        expect(seqsOf(answer.messages)).toEqual(seqs);
      }
    });
  });

  describe("trimming", () => {
    test("keeps no more than the newest events", async () => {
      await world.open({ historyMessagesMax: 10 });
      await Promise.all(Array.from({ length: 500 }, () => world.engine.publish(aPublish())));
      const { messages, hasMore, seq } = await world.engine.history(room, page);
      expect([seqsOf(messages)[0], messages.length, hasMore, seq]).toEqual([491, 10, false, 500]);
    });

    test("shows nothing that is too old", async () => {
      await world.open({ historyTtlMs: 60_000 });
      const createdAt = Date.now() - 61_000;
      const [{ epoch }] = await world.publishAll([{ createdAt }, { createdAt }, {}, {}]);
      expect(seqsOf((await world.engine.history(room, page)).messages)).toEqual([3, 4]);
      expect(await world.engine.replay(room, { epoch, seq: 1 }, wide)).toMatchObject({ reason: "trimmed" });
      expect(seqsOf(await world.eventsAfter({ epoch, seq: 2 }))).toEqual([3, 4]);
    });

    test("keeps everything where a limit is 0", async () => {
      await world.open({ historyMessagesMax: 0, historyTtlMs: 0 });
      await world.publishAll([{ createdAt: 1 }, {}]);
      expect(seqsOf(await world.eventsAfter(start))).toEqual([1, 2]);
    });
  });
}

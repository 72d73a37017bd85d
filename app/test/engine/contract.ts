import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type {
  Engine,
  EngineListener,
  HistoryBounds,
  Position,
  Publish,
  PublishResult,
  ReplayBounds,
  StoredEvent,
} from "../../src/chat/engine.ts";
import { aPublish } from "./a-publish.ts";

export interface Retention {
  readonly historyMessagesMax: number;
  readonly historyTtlMs: number;
}

/** One empty store, and what a test needs of it beyond the port. */
export interface EngineStore {
  /** At most one engine is open at a time; a later one finds what an earlier one stored. */
  open(retention?: Partial<Retention>): Promise<Engine>;
  /** Appends an entry as a newer version would: of a kind unknown here, with `rest`, and without a message. */
  appendForeign(room: string, kind: string, rest: string): Promise<void>;
  remove(): Promise<void>;
}

type Stored = Extract<PublishResult, { ok: true }>;

const room = "room:a";
const start: Position = { epoch: "", seq: 0 };
const wide: ReplayBounds = { replayMax: 10_000, eventsMax: 10_000, textUnitsMax: 10_000_000 };
const page: HistoryBounds = { before: null, limit: 100, textUnitsMax: 10_000_000 };
const never = () => {
  throw new Error("not to be called");
};

/** What every engine must do; `makeStore` makes one for each test. */
export function engineContract(name: string, makeStore: () => Promise<EngineStore>): void {
  describe(`${name} keeps the engine contract`, () => {
    let store: EngineStore;
    let engine: Engine;

    async function open(
      retention?: Partial<Retention>,
      listener: Partial<EngineListener> = {},
    ): Promise<Engine> {
      engine = await store.open(retention);
      engine.listen({ stored: () => {}, availabilityChanged: never, ...listener });
      return engine;
    }

    async function reopen(retention?: Partial<Retention>): Promise<Engine> {
      await engine.close();
      return open(retention);
    }

    beforeEach(async () => {
      store = await makeStore();
    });
    afterEach(async () => {
      await engine.close();
      await store.remove();
    });

    /** Publishes one after another, as given or `count` plain ones. */
    async function publishAll(publishes: readonly Partial<Publish>[] | number): Promise<Stored[]> {
      const all = typeof publishes === "number" ? Array<Partial<Publish>>(publishes).fill({}) : publishes;
      const results: Stored[] = [];
      for (const fields of all) results.push(stored(await engine.publish(aPublish(fields))));
      return results;
    }

    describe("order", () => {
      test("numbers the events of each room densely from 1", async () => {
        await open();
        const rooms = ["room:a", "room:b", "room:a", "room:a", "room:b"];
        const results = await publishAll(rooms.map((room) => ({ room })));
        expect(results.map((result) => result.seq)).toEqual([1, 1, 2, 3, 2]);
        expect(new Set(results.map((result) => result.epoch)).size).toBe(2);
      });

      test("keeps the order of calls and leaves no hole among concurrent publishes", async () => {
        await open();
        const contents = Array.from({ length: 1000 }, (_, index) => String(index));
        const results = await Promise.all(contents.map((content) => engine.publish(aPublish({ content }))));
        expect(results.map((result) => stored(result).seq)).toEqual(contents.map((_, index) => index + 1));
        expect(contentsOf(await eventsAfter(engine, start))).toEqual(contents);
      });

      test("goes on where an earlier life ended, in the same epoch", async () => {
        await open();
        const [first] = await publishAll(1);
        await reopen();
        const [second] = await publishAll(1);
        expect(second).toMatchObject({ epoch: first?.epoch, seq: 2 });
      });

      test("stores what is waiting when it is closed", async () => {
        await open();
        const waiting = Array.from({ length: 100 }, () => engine.publish(aPublish()));
        await reopen();
        expect((await Promise.all(waiting)).every((result) => result.ok)).toBe(true);
        expect(await engine.head(room)).toMatchObject({ seq: 100 });
      });

      test("refuses a publish after close", async () => {
        await open();
        await engine.close();
        expect(await engine.publish(aPublish())).toEqual({ ok: false, code: "unavailable" });
      });
    });

    describe("events", () => {
      test("come back as they were published", async () => {
        await open();
        const publish = aPublish({
          content: "ß 🙂 \u0000 end",
          metaJson: '{"a":[1,"ß"]}',
          commandId: "c1",
          socket: 3,
        });
        const { epoch, seq } = stored(await engine.publish(publish));
        const { room: _room, userId, commandHash, ...kept } = publish;
        const expected = { ...kept, v: 1, epoch, seq, isEdited: false, rest: null };
        expect(await eventsAfter(engine, start)).toEqual([expected]);
        expect((await engine.history(room, page)).messages).toEqual([expected]);
      });

      test("of unknown kinds pass through unchanged, in place, and are no messages", async () => {
        await open();
        const [{ epoch } = never()] = await publishAll(1);
        await store.appendForeign(room, "poll_closed", '{"votes":[1,2]}');
        const [after] = await publishAll(1);
        const events = await eventsAfter(engine, { epoch, seq: 1 });
        expect(events[0]).toMatchObject({
          seq: 2,
          kind: "poll_closed",
          rest: '{"votes":[1,2]}',
          content: null,
        });
        expect(events[1]).toMatchObject({ seq: 3, messageId: after?.messageId });
        expect(seqsOf((await engine.history(room, page)).messages)).toEqual([1, 3]);
      });
    });

    describe("commands", () => {
      const command = { commandId: "c1", commandHash: "h1" };

      test("repeated later get the first answer", async () => {
        await open();
        const [first] = await publishAll([{ ...command, createdAt: Date.now() - 5 }]);
        const [again] = await publishAll([command]);
        expect(again).toEqual({ ...(first ?? never()), duplicate: true });
        expect(await engine.head(room)).toMatchObject({ seq: 1 });
      });

      test("repeated at the same moment are stored once", async () => {
        await open();
        const results = await Promise.all(
          [command, command, command].map((c) => engine.publish(aPublish(c))),
        );
        expect(results.map((result) => stored(result).duplicate)).toEqual([false, true, true]);
        expect(new Set(results.map((result) => stored(result).messageId)).size).toBe(1);
        expect(await engine.head(room)).toMatchObject({ seq: 1 });
      });

      test("repeated in a later life get the first answer", async () => {
        await open();
        const [first] = await publishAll([command]);
        await reopen();
        expect(await publishAll([command])).toEqual([{ ...(first ?? never()), duplicate: true }]);
      });

      test("repeated after their event was trimmed get the first answer", async () => {
        await open({ historyMessagesMax: 1 });
        const [first] = await publishAll([command, {}, {}]);
        expect(await publishAll([command])).toEqual([{ ...(first ?? never()), duplicate: true }]);
      });

      test("with another hash are conflicts, and the batch around them is stored", async () => {
        await open();
        const other = { ...command, commandHash: "h2" };
        const results = await Promise.all(
          [command, other, {}].map((fields) => engine.publish(aPublish(fields))),
        );
        expect(results.map((result) => (result.ok ? result.seq : result.code))).toEqual([
          1,
          "id_conflict",
          2,
        ]);
        expect(await engine.publish(aPublish(other))).toEqual({ ok: false, code: "id_conflict" });
      });

      test("of another user or room are commands of their own", async () => {
        await open();
        const results = await publishAll([
          command,
          { ...command, userId: "u2" },
          { ...command, room: "room:b" },
        ]);
        expect(results.map((result) => result.duplicate)).toEqual([false, false, false]);
      });

      test("keep their answers apart among thousands", async () => {
        await open();
        const ids = Array.from({ length: 3000 }, (_, index) => `c${index}`);
        const publishAllOnce = () =>
          Promise.all(ids.map((commandId) => engine.publish(aPublish({ commandId }))));
        const first = await publishAllOnce();
        const again = await publishAllOnce();
        expect(again).toEqual(first.map((result) => ({ ...result, duplicate: true })));
      });
    });

    describe("replay", () => {
      const replayed = async (after: Position, bounds: Partial<ReplayBounds> = {}) =>
        engine.replay(room, after, { ...wide, ...bounds });

      test("of a room without a log", async () => {
        await open();
        expect(await engine.head(room)).toEqual(start);
        expect(await replayed(start)).toEqual({ recovered: true, ...start, events: [], isComplete: true });
        expect(await replayed({ epoch: "e", seq: 0 })).toEqual({
          recovered: false,
          reason: "epoch",
          ...start,
        });
        expect(await engine.history(room, page)).toEqual({ ...start, messages: [], hasMore: false });
      });

      test("gives exactly what came after a position", async () => {
        await open();
        const [{ epoch } = never()] = await publishAll(5);
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
        await open({ historyMessagesMax: 4 });
        const [{ epoch } = never()] = await publishAll(6);
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
        await open();
        const [{ epoch } = never()] = await publishAll(
          Array(4).fill({ content: "1234567", metaJson: "{ }" }),
        );
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

    describe("history", () => {
      test("gives the newest messages, oldest first, and pages back", async () => {
        await open();
        const [{ epoch } = never()] = await publishAll(7);
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
          const answer = await engine.history(room, { ...page, ...bounds });
          expect(answer).toMatchObject({ epoch, seq: 7, hasMore });
          expect(seqsOf(answer.messages)).toEqual(seqs);
        }
      });
    });

    describe("trimming", () => {
      test("keeps no more than the newest events", async () => {
        await open({ historyMessagesMax: 10 });
        await Promise.all(Array.from({ length: 500 }, () => engine.publish(aPublish())));
        const { messages, hasMore, seq } = await engine.history(room, page);
        expect([seqsOf(messages)[0], messages.length, hasMore, seq]).toEqual([491, 10, false, 500]);
      });

      test("shows nothing that is too old", async () => {
        await open({ historyTtlMs: 60_000 });
        const createdAt = Date.now() - 61_000;
        const [{ epoch } = never()] = await publishAll([{ createdAt }, { createdAt }, {}, {}]);
        expect(seqsOf((await engine.history(room, page)).messages)).toEqual([3, 4]);
        expect(await engine.replay(room, { epoch, seq: 1 }, wide)).toMatchObject({ reason: "trimmed" });
        expect(seqsOf(await eventsAfter(engine, { epoch, seq: 2 }))).toEqual([3, 4]);
      });

      test("keeps everything where a limit is 0", async () => {
        await open({ historyMessagesMax: 0, historyTtlMs: 0 });
        await publishAll([{ createdAt: 1 }, {}]);
        expect(seqsOf(await eventsAfter(engine, start))).toEqual([1, 2]);
      });
    });

    describe("bus", () => {
      type Call = [room: string, events: readonly StoredEvent[]];
      const hearing = (calls: Call[]): Partial<EngineListener> => ({
        stored: (room, events) => calls.push([room, events]),
      });

      test("announces events as the log holds them, of subscribed rooms only", async () => {
        const calls: Call[] = [];
        await open({}, hearing(calls));
        await engine.subscribe(room);
        await engine.subscribe(room);
        await publishAll([{ commandId: "c1", metaJson: "{}" }, { room: "room:b" }, {}]);
        await until(() => calls.flatMap(([, events]) => events).length === 2);
        expect(calls.map(([room]) => room)).toEqual([room, room]);
        expect(calls.flatMap(([, events]) => events)).toEqual([...(await eventsAfter(engine, start))]);
        engine.unsubscribe(room);
        await publishAll(1);
        await engine.subscribe(room);
        await publishAll(1);
        await until(() => calls.length > 2);
        expect(seqsOf(calls.slice(2).flatMap(([, events]) => events))).toEqual([4]);
      });

      test("announces nothing that is not stored", async () => {
        const answers: Promise<readonly StoredEvent[]>[] = [];
        const announced: number[] = [];
        const hear = (_room: string, events: readonly StoredEvent[]) => {
          announced.push(...seqsOf(events));
          answers.push(eventsAfter(engine, start));
        };
        await open({}, { stored: hear });
        await engine.subscribe(room);
        await Promise.all(Array.from({ length: 200 }, () => engine.publish(aPublish())));
        await until(() => announced.length === 200);
        const read = await Promise.all(answers);
        expect(announced).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
        expect(read.every((events, index) => events.length >= (announced[index] ?? 0))).toBe(true);
        expect(seqsOf(read.at(-1) ?? [])).toEqual(announced);
      });

      test("does not announce duplicates and conflicts", async () => {
        const calls: Call[] = [];
        await open({}, hearing(calls));
        await engine.subscribe(room);
        await publishAll([{ commandId: "c1" }, { commandId: "c1" }]);
        await engine.publish(aPublish({ commandId: "c1", commandHash: "h2" }));
        await publishAll(1);
        await until(() => calls.length === 2);
        expect(calls.flatMap(([, events]) => seqsOf(events))).toEqual([1, 2]);
      });
    });

    describe("bounds", () => {
      test("refuses at once what is more than may wait, and stores the rest", async () => {
        await open();
        const content = "x".repeat(8000);
        const results = await Promise.all(
          Array.from({ length: 9000 }, () => engine.publish(aPublish({ content }))),
        );
        const accepted = results.filter((result) => result.ok);
        expect(accepted.length).toBeGreaterThan(8000);
        expect(accepted.length).toBeLessThan(9000);
        expect(results.filter((result) => !result.ok && result.code !== "unavailable")).toEqual([]);
        expect(await engine.head(room)).toMatchObject({ seq: accepted.length });
        await publishAll(1);
      });
    });

    test("the install secret is 32 bytes, the same in every life", async () => {
      await open();
      const secret = await engine.installSecret();
      await reopen();
      expect(secret.length).toBe(32);
      expect(await engine.installSecret()).toEqual(secret);
    });

    test("a probe comes back", async () => {
      await open();
      await engine.probe();
      await engine.close();
      await expect(engine.probe()).rejects.toThrow();
    });
  });
}

function stored(result: PublishResult): Stored {
  if (!result.ok) throw new Error(result.code);
  return result;
}

async function eventsAfter(engine: Engine, after: Position): Promise<readonly StoredEvent[]> {
  const answer = await engine.replay(room, after, wide);
  if (!answer.recovered) throw new Error(answer.reason);
  return answer.events;
}

function seqsOf(events: readonly StoredEvent[]): number[] {
  return events.map((event) => event.seq);
}

function contentsOf(events: readonly StoredEvent[]): (string | null)[] {
  return events.map((event) => event.content);
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("the condition was not met in 5 s");
    await Bun.sleep(1);
  }
}

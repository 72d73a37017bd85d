import { describe, expect, test } from "bun:test";
import type { HistoryBounds, Publish } from "../../src/chat/engine.ts";
import type { ReactorBounds } from "../../src/chat/engine-people.ts";
import { aDelete, aReaction, by } from "./a-change.ts";
import { aPublish } from "./a-publish.ts";
import { type EngineWorld, page, pagesOf, room, start } from "./engine-world.ts";

/** Reactions: what they store, and who is seen to have reacted. */
export function reactionsContract(world: EngineWorld): void {
  const all: ReactorBounds = { after: null, limit: 100, emoji: null, hidden: [] };
  const made = async () => (await world.publishAll(1))[0].messageId;
  const react = (messageId: string, userId: string, emoji: string, action: "add" | "remove" = "add") =>
    world.publishAll([aReaction(messageId, emoji, by(userId), action)]);
  const counts = async (bounds: Partial<HistoryBounds> = {}) =>
    (await world.engine.history(room, { ...page, ...bounds })).messages.map(({ reactions }) =>
      reactions.map(({ emoji, count, mine }) => `${emoji}${count}${mine ? " mine" : ""}`),
    );
  const reactors = async (messageId: string, bounds: Partial<ReactorBounds> = {}) => {
    const answer = await world.engine.reactors(room, messageId, { ...all, ...bounds });
    return answer?.items.map(({ emoji, userId }) => `${emoji} ${userId}`);
  };

  describe("a reaction", () => {
    test("is an event of the log with its emoji and action, and no text", async () => {
      await world.open();
      const messageId = await made();
      await react(messageId, "u2", "👍");
      await react(messageId, "u2", "👍", "remove");
      const common = { kind: "reaction", authorId: "u2", messageAuthorId: "u1", messageId, content: null };
      const events = (await world.eventsAfter(start)).slice(1);
      expect(events).toMatchObject([common, common]);
      expect(events.map(({ rest }) => JSON.parse(rest ?? ""))).toEqual([
        { emoji: "👍", action: "add" },
        { emoji: "👍", action: "remove" },
      ]);
    });

    test("that changes nothing stores no event, and its command is remembered", async () => {
      await world.open();
      const messageId = await made();
      await react(messageId, "u2", "👍");
      const command = by("u2", { commandId: "c1" });
      const [again] = await world.publishAll([aReaction(messageId, "👍", command)]);
      const [none] = await react(messageId, "u3", "👍", "remove");
      expect([again, none]).toMatchObject([
        { seq: 2, messageId, duplicate: true },
        { seq: 2, messageId, duplicate: true },
      ]);
      expect(await counts()).toEqual([["👍1"]]);
      await react(messageId, "u2", "👍", "remove");
      expect(await world.publishAll([aReaction(messageId, "👍", command)])).toEqual([again]);
      expect(await counts()).toEqual([[]]);
      const other = await world.engine.publish(aPublish({ ...command, commandHash: "h2" }));
      expect(other).toEqual({ ok: false, code: "id_conflict" });
    });

    test("with a 21st emoji is too_large until one is taken back", async () => {
      await world.open();
      const messageId = await made();
      const emojis = Array.from({ length: 20 }, (_, index) => String.fromCodePoint(0x1f600 + index));
      for (const emoji of emojis) await react(messageId, "u2", emoji);
      const publish = (fields: Partial<Publish>) => world.engine.publish(aPublish(fields));
      expect(await publish(aReaction(messageId, "👍"))).toEqual({ ok: false, code: "too_large" });
      expect(await publish(aReaction(messageId, emojis[3] as string))).toMatchObject({ ok: true });
      await react(messageId, "u2", emojis[7] as string, "remove");
      expect(await publish(aReaction(messageId, "👍"))).toMatchObject({ ok: true, duplicate: false });
    });
  });

  describe("history", () => {
    test("counts reactions in the order of their first use, without those of the hidden", async () => {
      await world.open();
      const [first, second] = [await made(), await made()];
      await made();
      for (const userId of ["u2", "u3", "u4"]) await react(first, userId, "🎉");
      for (const userId of ["u2", "u1"]) await react(first, userId, "❤");
      await react(second, "u3", "🎉");
      expect(await counts()).toEqual([["🎉3", "❤2 mine"], ["🎉1"], []]);
      expect(await counts({ viewerId: "u3" })).toEqual([["🎉3 mine", "❤2"], ["🎉1 mine"], []]);
      expect(await counts({ hidden: ["u3", "u2", "nobody"] })).toEqual([["🎉1", "❤1 mine"], [], []]);
      expect(await counts({ hidden: ["u3"], before: 2 })).toEqual([["🎉2", "❤2 mine"]]);
      await react(first, "u2", "🎉", "remove");
      expect(await counts()).toEqual([["🎉2", "❤2 mine"], ["🎉1"], []]);
    });

    test("leaves out the messages of the hidden, and fills the page with older ones", async () => {
      await world.open();
      await world.publishAll([{}, {}, by("u2"), {}, by("u3"), by("u2")]);
      const shown = async (bounds: Partial<HistoryBounds>) => {
        const answer = await world.engine.history(room, { ...page, ...bounds });
        return [answer.messages.map(({ seq }) => seq), answer.hasMore, answer.seq];
      };
      expect(await shown({ hidden: ["u2"] })).toEqual([[1, 2, 4, 5], false, 6]);
      expect(await shown({ hidden: ["u2"], limit: 2 })).toEqual([[4, 5], true, 6]);
      expect(await shown({ hidden: ["u2", "u3"], limit: 3 })).toEqual([[1, 2, 4], false, 6]);
    });
  });

  describe("reactors", () => {
    test("are named by emoji and time, of any emoji or one, without the hidden", async () => {
      await world.open();
      const messageId = await made();
      await react(messageId, "u3", "b");
      for (const userId of ["u9", "u1", "u2"]) await react(messageId, userId, "a");
      expect(await reactors(messageId)).toEqual(["a u9", "a u1", "a u2", "b u3"]);
      expect(await reactors(messageId, { emoji: "a", hidden: ["u1"] })).toEqual(["a u9", "a u2"]);
      expect(await reactors(messageId, { emoji: "c" })).toEqual([]);
      const named = await world.engine.reactors(room, messageId, { ...all, emoji: "b" });
      const reactor = { emoji: "b", userId: "u3", userName: "Name of u3", userImage: null };
      expect(named).toEqual({ items: [{ ...reactor, createdAt: expect.any(Number) }], next: null });
    });

    test("come in pages that are whole, also where the last of a page was taken back", async () => {
      await world.open();
      const messageId = await made();
      for (const userId of ["u1", "u2", "u3"])
        for (const emoji of ["a", "b c"]) await react(messageId, userId, emoji);
      const pages = await pagesOf(
        (after) => world.engine.reactors(room, messageId, { ...all, limit: 2, after }),
        [() => react(messageId, "u2", "a", "remove"), () => react(messageId, "u9", "b c")],
      );
      const names = pages.map((items) => items.map(({ emoji, userId }) => `${emoji} ${userId}`));
      expect(names).toEqual([["a u1", "a u2"], ["a u3", "b c u1"], ["b c u2", "b c u3"], ["b c u9"]]);
      const some = { ...all, emoji: "b c", limit: 3 };
      const ofOne = await pagesOf((after) => world.engine.reactors(room, messageId, { ...some, after }));
      expect(ofOne.map((items) => items.map(({ userId }) => userId))).toEqual([["u1", "u2", "u3"], ["u9"]]);
      expect((await reactors(messageId, { after: "no cursor", limit: 1 }))?.length).toBe(1);
    });

    test("of what is no message of the room, or is gone, are null", async () => {
      await world.open();
      const messageId = await made();
      await react(messageId, "u2", "👍");
      expect(await world.engine.reactors("room:b", messageId, all)).toBeNull();
      expect(await reactors(Bun.randomUUIDv7())).toBeUndefined();
      const [{ messageId: notification }] = await world.publishAll([{ kind: "notification", content: "{}" }]);
      expect(await reactors(notification)).toBeUndefined();
      await world.publishAll([aDelete(messageId)]);
      expect(await reactors(messageId)).toBeUndefined();
    });
  });
}

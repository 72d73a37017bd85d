import { describe, expect, test } from "bun:test";
import type { Publish, StoredEvent } from "../../src/chat/engine.ts";
import { aDelete, anEdit, aReaction, by } from "./a-change.ts";
import { aPublish } from "./a-publish.ts";
import { type EngineWorld, page, room, seqsOf, start } from "./engine-world.ts";
import { until } from "./until.ts";

/** Edits, deletes and notifications: what they do to a message, to its log and to what is read of it. */
export function changesContract(world: EngineWorld): void {
  const codeOf = async (fields: Partial<Publish>) => {
    const result = await world.engine.publish(aPublish(fields));
    return result.ok ? "ok" : result.code;
  };
  const shown = async () =>
    (await world.engine.history(room, page)).messages.map(({ seq, content, isEdited }) => [
      seq,
      content,
      isEdited,
    ]);

  describe("an edit", () => {
    test("shows its text wherever the message or one of its edits is read, under its editor", async () => {
      await world.open();
      const [{ messageId, epoch }] = await world.publishAll([{ content: "one", metaJson: "{}" }]);
      const moderator = by("admin", { isModerator: true });
      const results = await world.publishAll([
        anEdit(messageId, "two"),
        anEdit(messageId, "three", moderator),
      ]);
      expect(results[1]).toMatchObject({ epoch, seq: 3, messageId, duplicate: false });
      const present = { content: "three", metaJson: "{}", isEdited: true, messageId };
      expect(await world.eventsAfter(start)).toMatchObject([
        { kind: "chat_message", authorId: "u1", authorName: "Ann", messageAuthorId: null, ...present },
        { kind: "message_edit", authorId: "u1", authorName: "", messageAuthorId: "u1", ...present },
        { kind: "message_edit", authorId: "admin", authorName: "", messageAuthorId: "u1", ...present },
      ]);
      expect(await shown()).toEqual([[1, "three", true]]);
    });

    test("leaves meta as it is unless it brings one", async () => {
      await world.open();
      const [{ messageId }] = await world.publishAll([{ metaJson: '{"a":1}' }]);
      const meta = async () => (await world.engine.history(room, page)).messages[0]?.metaJson;
      await world.publishAll([anEdit(messageId, "two")]);
      expect(await meta()).toBe('{"a":1}');
      await world.publishAll([anEdit(messageId, "three", { metaJson: '{"b":2}' })]);
      expect(await meta()).toBe('{"b":2}');
    });
  });

  describe("a delete", () => {
    test("takes the text out of every event, and the message out of history", async () => {
      await world.open();
      const [{ messageId }] = await world.publishAll([{ content: "one", metaJson: "{}" }]);
      await world.publishAll([{ content: "other" }, anEdit(messageId, "two"), aDelete(messageId)]);
      const gone = { content: null, metaJson: null, isEdited: false, messageAuthorId: null };
      expect(await world.eventsAfter(start)).toMatchObject([
        { seq: 1, kind: "chat_message", messageId, ...gone },
        { seq: 2, content: "other" },
        { seq: 3, kind: "message_edit", messageId, ...gone },
        { seq: 4, kind: "message_delete", messageId, ...gone },
      ]);
      expect(await shown()).toEqual([[2, "other", false]]);
    });

    test("is final", async () => {
      await world.open();
      const [{ messageId }] = await world.publishAll([{}]);
      await world.publishAll([aDelete(messageId)]);
      for (const change of [anEdit(messageId, "x"), aDelete(messageId), aReaction(messageId, "👍")])
        expect(await codeOf(change)).toBe("not_found");
      expect(await world.engine.head(room)).toMatchObject({ seq: 2 });
    });
  });

  describe("a notification", () => {
    test("is a message of its log that nobody changes", async () => {
      await world.open();
      const notification = { kind: "notification", content: '{"a":1}' } as const;
      const [{ messageId }] = await world.publishAll([notification, notification]);
      expect(await world.eventsAfter(start)).toMatchObject([notification, notification]);
      expect((await world.engine.history(room, page)).messages).toMatchObject([notification, notification]);
      const admin = { isModerator: true };
      for (const change of [
        anEdit(messageId, "x", admin),
        aDelete(messageId, admin),
        aReaction(messageId, "👍", admin),
      ])
        expect(await codeOf(change)).toBe("not_found");
    });
  });

  test("one id in several rooms is a message in each", async () => {
    await world.open();
    const messageId = Bun.randomUUIDv7();
    await world.publishAll([
      { messageId, content: "one" },
      { messageId, content: "two", room: "room:b" },
    ]);
    await world.publishAll([anEdit(messageId, "changed"), aReaction(messageId, "👍"), {}]);
    const inOther = async () => (await world.engine.history("room:b", page)).messages;
    expect(await shown()).toMatchObject([
      [1, "changed", true],
      [4, "hello", false],
    ]);
    expect(await inOther()).toMatchObject([{ content: "two", isEdited: false, reactions: [] }]);
    const texts = (await world.eventsAfter(start)).map(({ seq, content }) => [seq, content]);
    expect(texts).toEqual([
      [1, "changed"],
      [2, "changed"],
      [3, null],
      [4, "hello"],
    ]);
    await world.publishAll([aDelete(messageId)]);
    expect(await inOther()).toMatchObject([{ content: "two" }]);
  });

  describe("a change is refused", () => {
    const stranger = by("u2");
    const unknown = Bun.randomUUIDv7();
    const table: [string, (messageId: string) => Partial<Publish>, string][] = [
      ["an edit of somebody else's message", (id) => anEdit(id, "x", stranger), "forbidden"],
      ["a delete of somebody else's message", (id) => aDelete(id, stranger), "forbidden"],
      ["an edit by the shown author for another", (id) => anEdit(id, "x", { userId: "u2" }), "forbidden"],
      ["an edit of no message", () => anEdit(unknown, "x"), "not_found"],
      ["a delete of no message", () => aDelete(unknown, stranger), "not_found"],
      ["a reaction to no message", () => aReaction(unknown, "👍"), "not_found"],
      ["an edit in another room", (id) => anEdit(id, "x", { room: "room:b" }), "not_found"],
      ["a delete in another room", (id) => aDelete(id, { room: "room:b" }), "not_found"],
      ["a reaction in another room", (id) => aReaction(id, "👍", { room: "room:b" }), "not_found"],
      ["a change in a room without a log", (id) => aDelete(id, { room: "room:none" }), "not_found"],
    ];
    test.each(table)("%s", async (_name, changeOf, code) => {
      await world.open();
      const [{ messageId }] = await world.publishAll([{ content: "text" }, { room: "room:b" }]);
      expect(await codeOf({ ...changeOf(messageId), commandId: "c1" })).toBe(code);
      expect(await shown()).toEqual([[1, "text", false]]);
      expect(await world.engine.head("room:b")).toMatchObject({ seq: 1 });
      expect(await world.engine.head("room:none")).toEqual(start);
      expect((await world.publishAll([{ commandId: "c1" }]))[0]).toMatchObject({ seq: 2, duplicate: false });
    });

    test("and its neighbours in the commit are stored", async () => {
      await world.open();
      const [{ messageId }] = await world.publishAll(1);
      const writes = [
        {},
        anEdit(messageId, "x", stranger),
        anEdit(unknown, "x"),
        anEdit(messageId, "mine"),
        {},
      ];
      const results = await Promise.all(writes.map((fields) => world.engine.publish(aPublish(fields))));
      const answers = results.map((result) => (result.ok ? result.seq : result.code));
      expect(answers).toEqual([2, "forbidden", "not_found", 3, 4]);
      expect(seqsOf(await world.eventsAfter(start))).toEqual([1, 2, 3, 4]);
    });
  });

  describe("a repeated change", () => {
    test("gets the first answer, though it would be refused by now", async () => {
      await world.open();
      const [{ messageId }] = await world.publishAll(1);
      const edit = anEdit(messageId, "two", { commandId: "c1" });
      const remove = aDelete(messageId, { commandId: "c2" });
      const first = await world.publishAll([edit, remove]);
      await world.reopen();
      const again = await world.publishAll([edit, remove]);
      expect(again).toEqual(first.map((result) => ({ ...result, duplicate: true })) as typeof again);
      expect(await codeOf({ ...edit, commandHash: "h2" })).toBe("id_conflict");
      expect(await world.engine.head(room)).toMatchObject({ seq: 3 });
    });
  });

  test("changes are announced as the log holds them", async () => {
    const heard: StoredEvent[] = [];
    await world.open({}, { stored: (_room, events) => heard.push(...events) });
    await world.engine.subscribe(room);
    const [{ messageId }] = await world.publishAll([{ metaJson: '{"a":1}' }]);
    const admin = by("admin", { isModerator: true });
    const changes = [anEdit(messageId, "two", admin), aReaction(messageId, "👍", by("u2"))];
    await world.publishAll(changes);
    await until(() => heard.length === 3, "three events");
    expect(heard.slice(1)).toEqual((await world.eventsAfter(start)).slice(1));
    await world.publishAll([aDelete(messageId)]);
    await until(() => heard.length === 4, "the delete");
    expect(heard.slice(3)).toEqual((await world.eventsAfter(start)).slice(3));
  });
}

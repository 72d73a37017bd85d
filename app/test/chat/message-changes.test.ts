import { describe, expect, test } from "bun:test";
import type { PublishResult } from "../../src/chat/engine.ts";
import { ChatWorld, type Client, settle } from "../support/chat-world.ts";
import type { Frame } from "../support/recording-sockets.ts";

const room = "room:a";

/** Everything of the room that a client got, in order. */
function story({ socket }: Client): string[] {
  return socket.frames.flatMap(({ type, payload }) => {
    if (type === "resync" || type === "error") return [String(payload.code ?? type)];
    if (payload.seq === undefined) return [];
    if (type !== "message_response") return [`${type} ${payload.seq}`];
    return [`${payload.duplicate === true ? "dup" : "ack"} ${payload.seq}`];
  });
}

/** Two members, and a message of the first one's. */
async function twoMembers() {
  const world = new ChatWorld();
  const [ann, ben] = [await world.join(room, "ann"), await world.join(room, "ben")];
  const { messageId } = (await ann.ask("send_message", { room, content: "hi", meta: { a: 1 } })).payload;
  const about = { room, messageId: String(messageId) };
  return { world, engine: world.engine, ann, ben, about };
}

const joinedAfresh = async (client: Client): Promise<Frame["payload"]> => {
  const { rooms } = (await client.ask("join", { rooms: [{ room }] })).payload;
  return (rooms as Frame["payload"][])[0] ?? {};
};

describe("a change of a message", () => {
  test("is acked to who made it and told to the others, in the room's order", async () => {
    const { world, ann, ben, about } = await twoMembers();
    const edited = await ann.ask("message_edit", { ...about, content: "ho" });
    const reacted = await ben.ask("reaction", { ...about, emoji: "+", action: "add" });
    const deleted = await ann.ask("message_delete", about);
    const answers = [edited, reacted, deleted].map(({ payload }) => payload);
    const answer = { ...about, epoch: "E1", duplicate: false };
    expect(answers).toEqual([2, 3, 4].map((seq) => ({ ...answer, seq })));
    expect(story(ann)).toEqual(["ack 1", "ack 2", "reaction 3", "ack 4"]);
    expect(story(ben)).toEqual(["chat_message 1", "message_edit 2", "ack 3", "message_delete 4"]);
    const place = { room, epoch: "E1", messageId: about.messageId };
    const told = [
      ...ben.socket.framesOf("message_edit", "message_delete"),
      ...ann.socket.framesOf("reaction"),
    ];
    expect(told.map(({ payload }) => payload)).toEqual([
      { ...place, seq: 2, content: "ho", meta: { a: 1 }, editedAt: world.clock.now() },
      { ...place, seq: 4 },
      { ...place, seq: 3, userId: "user-ben", emoji: "+", action: "add" },
    ]);
  });

  test("shows in history and to who joins", async () => {
    const { world, ann, ben, about } = await twoMembers();
    await ann.ask("message_edit", { ...about, content: "ho", meta: { b: 2 } });
    for (const client of [ann, ben]) await client.ask("reaction", { ...about, emoji: "+", action: "add" });
    await ben.ask("reaction", { ...about, emoji: "-", action: "add" });
    const item = {
      ...{ id: about.messageId, seq: 1, content: "ho", meta: { b: 2 }, isEdited: true },
      reactions: [
        { emoji: "+", count: 2, mine: true },
        { emoji: "-", count: 1, mine: false },
      ],
    };
    expect((await ann.ask("history", { room })).payload).toMatchObject({ seq: 5, messages: [item] });
    expect(await joinedAfresh(ann)).toMatchObject({ seq: 5, messages: [item] });
    const stranger = (await world.connect().ask("history", { room })).payload;
    expect(stranger).toMatchObject({ messages: [{ reactions: [{ mine: false }, { mine: false }] }] });
    await ann.ask("message_delete", about);
    expect((await ben.ask("history", { room })).payload).toMatchObject({ seq: 6, messages: [] });
  });

  test("is replayed: a deleted message and its edits as skipped, its reactions and its end as they were", async () => {
    const { world, ann, ben, about } = await twoMembers();
    await ann.ask("message_edit", { ...about, content: "ho" });
    await ben.ask("reaction", { ...about, emoji: "+", action: "add" });
    const cleo = world.connect();
    const replayed = async () => {
      const { rooms } = (await cleo.ask("join", { rooms: [{ room, epoch: "E1", seq: 0 }] })).payload;
      const [{ events }] = rooms as [{ events: Frame[] }];
      return events.map(({ type }) => type);
    };
    expect(await replayed()).toEqual(["chat_message", "message_edit", "reaction"]);
    await ann.ask("message_delete", about);
    expect(await replayed()).toEqual(["skipped", "skipped", "reaction", "message_delete"]);
  });

  const changes: [type: string, payload: object][] = [
    ["message_edit", { content: "ho" }],
    ["reaction", { emoji: "+", action: "add" }],
    ["message_delete", {}],
  ];
  test.each(changes)(
    "%s repeated under its id is answered as before and told once",
    async (type, payload) => {
      const { world, ann, ben, about } = await twoMembers();
      for (const _ of [1, 2]) ann.send(type, { ...about, ...payload }, "once");
      ann.send("message_edit", { ...about, content: "another" }, "once");
      await ann.ask("ping", {});
      expect(story(ann)).toEqual(["ack 1", "ack 2", "dup 2", "id_conflict"]);
      expect(story(ben)).toEqual(["chat_message 1", `${type} 2`]);
      expect(world.dedupeHits).toBe(1);
    },
  );

  const edit = { content: "ho" };
  const reaction = { emoji: "+", action: "add" };
  const conflicts: [type: string, first: object, second: object][] = [
    ["send_message", edit, { ...edit, meta: {} }],
    ["message_edit", edit, { ...edit, meta: {} }],
    ["message_edit", edit, { ...edit, messageId: Bun.randomUUIDv7() }],
    ["reaction", reaction, { ...reaction, emoji: "-" }],
    ["reaction", reaction, { ...reaction, action: "remove" }],
  ];
  test.each(conflicts)("%s %j is not %j", async (type, first, second) => {
    const { ann, about } = await twoMembers();
    for (const payload of [first, second]) ann.send(type, { ...about, ...payload }, "one id");
    await ann.ask("ping", {});
    expect(story(ann)).toEqual(["ack 1", "ack 2", "id_conflict"]);
  });

  test("that changes nothing is answered with the log's head and told to nobody", async () => {
    const { ann, ben, about } = await twoMembers();
    const { payload } = await ben.ask("reaction", { ...about, emoji: "+", action: "remove" });
    expect(payload).toEqual({ ...about, epoch: "E1", seq: 1, duplicate: true });
    expect([story(ann), story(ben)]).toEqual([["ack 1"], ["chat_message 1", "dup 1"]]);
  });

  test("counts as no message", async () => {
    const { ann, about } = await twoMembers();
    await ann.ask("message_edit", { ...about, content: "ho" });
    expect((await ann.ask("message", { content: null })).payload.count).toBe(2);
  });
});

describe("a change is refused", () => {
  const missing = "0190b6a0-0000-7000-8000-000000000000";
  const refusals: [who: "ann" | "ben", type: string, payload: object, code: string][] = [
    ["ben", "message_edit", { content: "no" }, "forbidden"],
    ["ben", "message_delete", {}, "forbidden"],
    ["ann", "message_edit", { messageId: missing, content: "no" }, "not_found"],
    ["ann", "message_delete", { messageId: missing }, "not_found"],
    ["ann", "reaction", { messageId: missing, emoji: "+", action: "add" }, "not_found"],
    ["ann", "message_edit", { room: "room:b", content: "no" }, "not_joined"],
    ["ann", "message_delete", { room: "room:b" }, "not_joined"],
    ["ann", "reaction", { room: "room:b", emoji: "+", action: "add" }, "not_joined"],
    ["ann", "message_edit", { content: "" }, "bad_message"],
    ["ann", "message_edit", { content: "x".repeat(8001) }, "too_large"],
    ["ann", "reaction", { emoji: "x".repeat(33), action: "add" }, "too_large"],
    ["ann", "reaction", { emoji: "+", action: "toggle" }, "bad_message"],
  ];
  test.each(refusals)("to %s: %s %j", async (who, type, payload, code) => {
    const { engine, ann, ben, about } = await twoMembers();
    const answer = await (who === "ann" ? ann : ben).ask(type, { ...about, ...payload });
    expect([answer.type, answer.payload.code]).toEqual(["error", code]);
    expect(engine.logs.get(room)?.length).toBe(1);
  });

  test("for a 21st emoji, in its turn among those that are stored", async () => {
    const { engine, ann, about } = await twoMembers();
    const react = (emoji: string) => ann.send("reaction", { ...about, emoji, action: "add" }, emoji);
    for (let emoji = 1; emoji <= 19; emoji += 1) react(`${emoji}`);
    await settle();
    engine.pauseCommits();
    for (const emoji of ["20", "21", "22"]) react(emoji);
    engine.commit();
    await ann.ask("ping", {});
    expect(story(ann).slice(-2)).toEqual(["too_large", "too_large"]);
    expect(ann.socket.answerTo("20")?.payload).toMatchObject({ seq: 21, duplicate: false });
  });

  test("but not to an admin", async () => {
    const { world, ann, about } = await twoMembers();
    const admin = await world.join(room, "root", { isAdmin: true });
    await admin.ask("message_edit", { ...about, content: "moderated" });
    await admin.ask("message_delete", about);
    await settle();
    expect(story(ann)).toEqual(["ack 1", "message_edit 2", "message_delete 3"]);
  });
});

test("a batch may hold all four writes, each answered at its place", async () => {
  const { ann, ben, about } = await twoMembers();
  const commands = [
    { type: "send_message", id: "1", payload: { room, content: "new" } },
    { type: "message_edit", id: "2", payload: { ...about, content: "ho" } },
    { type: "reaction", id: "3", payload: { ...about, emoji: "+", action: "add" } },
    { type: "message_delete", id: "4", payload: about },
    { type: "message_delete", payload: about },
  ];
  const { results } = (await ann.ask("batch", { commands })).payload;
  await settle();
  const taken = [1, 2, 3, 4].map((id) => ({ ok: true, payload: { id: `${id}` } }));
  expect(results).toMatchObject([...taken, { ok: false, code: "bad_message" }]);
  expect(story(ann)).toEqual(["ack 1", "ack 2", "ack 3", "ack 4", "ack 5"]);
  expect(story(ben).slice(1)).toEqual(["chat_message 2", "message_edit 3", "reaction 4", "message_delete 5"]);
});

test("reactions without ids that ask for the very same are all answered, whichever of them counted", async () => {
  const { engine, ann, ben, about } = await twoMembers();
  const late = Promise.withResolvers<PublishResult>();
  const publish = engine.publish.bind(engine);
  engine.publish = () => {
    engine.publish = publish;
    return late.promise;
  };
  for (const _ of [1, 2, 3]) ann.send("reaction", { ...about, emoji: "+", action: "add" });
  await settle();
  late.resolve({ ok: true, epoch: "E1", seq: 1, messageId: about.messageId, createdAt: 1, duplicate: true });
  await ann.ask("ping", {});
  expect(story(ann)).toEqual(["ack 1", "ack 2", "dup 2", "dup 2"]);
  expect(story(ben)).toEqual(["chat_message 1", "reaction 2"]);
});

test("a write to a log that began again is answered after the resync, and counts", async () => {
  const { engine, ann } = await twoMembers();
  engine.logs.clear();
  engine.epoch = "E2";
  ann.send("send_message", { room, content: "first of all" }, "m1");
  await settle();
  expect(story(ann)).toEqual(["ack 1", "resync", "ack 1"]);
});

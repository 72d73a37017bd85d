import { describe, expect, test } from "bun:test";
import type { PublishResult } from "../../src/chat/engine.ts";
import { ChatWorld, type Client, settle, until } from "../support/chat-world.ts";
import { eventAt } from "../support/event-at.ts";

const room = "room:a";

/** What a client got of the room, in order: `3` is event 3, `ack 3` its own write at 3, `dup 3` one of before. */
function story({ socket }: Client): string[] {
  return socket
    .framesOf("chat_message", "message_response", "error", "resync")
    .flatMap(({ type, payload }) => {
      if (type === "chat_message") return [`${payload.seq}`];
      if (type !== "message_response") return [`${payload.code ?? type}`];
      if (payload.messageId === undefined) return [];
      return [`${payload.duplicate === true ? "dup" : "ack"} ${payload.seq}`];
    });
}

const write = (client: Client, id: string) => client.send("send_message", { room, content: id }, id);

/** Three members whose commits the test makes. */
async function threeMembers() {
  const world = new ChatWorld();
  const members = [await world.join(room), await world.join(room), await world.join(room)] as const;
  world.engine.pauseCommits();
  return { world, engine: world.engine, members };
}

const repeated = (seq: number): PublishResult => {
  return { ok: true, epoch: "E1", seq, messageId: `earlier-${seq}`, createdAt: 1, duplicate: true };
};

describe("an ack stands at its place in the room's order", () => {
  test("among the events of others that one commit stored, and reaches only the sender", async () => {
    const { world, engine, members } = await threeMembers();
    const [ann, ben, cleo] = members;
    write(ann, "a1");
    write(ben, "b1");
    write(ann, "a2");
    write(ben, "b2");
    const published = world.sockets.publishCount;
    engine.commit();
    await settle();
    expect(story(ann)).toEqual(["ack 1", "2", "ack 3", "4"]);
    expect(story(ben)).toEqual(["1", "ack 2", "3", "ack 4"]);
    expect(story(cleo)).toEqual(["1", "2", "3", "4"]);
    expect(world.sockets.publishCount - published).toBe(1);
  });

  test("whether the result or the event comes first", async () => {
    for (const isBusFirst of [true, false]) {
      const world = new ChatWorld();
      const [ann, ben] = [await world.join(room), await world.join(room)];
      if (!isBusFirst) world.engine.pauseBus();
      write(ann, "a1");
      write(ben, "b1");
      await settle();
      if (!isBusFirst) expect([story(ann), story(ben)]).toEqual([[], []]);
      world.engine.resumeBus();
      await settle();
      expect([story(ann), story(ben)]).toEqual([
        ["ack 1", "2"],
        ["1", "ack 2"],
      ]);
    }
  });

  test("never before an earlier event that the bus lost", async () => {
    const { world, engine, members } = await threeMembers();
    const [ann, ben] = members;
    engine.loses = ({ seq }) => seq === 1;
    write(ben, "b1");
    write(ann, "a1");
    engine.commit();
    await settle();
    expect(story(ann)).toEqual(["1", "ack 2"]);
    expect(world.gaps).toEqual(["bus"]);
  });

  test("a sender that is alone costs no publish", async () => {
    const world = new ChatWorld();
    const ann = await world.join(room);
    write(ann, "a1");
    await settle();
    expect(story(ann)).toEqual(["ack 1"]);
    expect(world.sockets.publishCount).toBe(0);
  });

  test("and says where the message is, with its id and time", async () => {
    const world = new ChatWorld();
    const ann = await world.join(room);
    const ben = await world.join(room);
    const { payload } = await ann.ask("send_message", { room, content: "hi", meta: { k: [1] } });
    const event = ben.socket.framesOf("chat_message")[0]?.payload;
    expect(payload).toEqual({
      room,
      epoch: "E1",
      seq: 1,
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      createdAt: world.clock.now(),
      duplicate: false,
    });
    expect(event).toMatchObject({ room, epoch: "E1", seq: 1 });
    expect(event?.message).toEqual({
      id: payload.messageId,
      clientId: expect.stringMatching(/^ask-/),
      authorId: ann.connection.identity.user.id,
      authorName: ann.connection.identity.user.name,
      authorImage: null,
      content: "hi",
      meta: { k: [1] },
      isEdited: false,
      createdAt: payload.createdAt,
    });
  });

  test("the session's other socket gets the event", async () => {
    const world = new ChatWorld();
    const older = world.connect("session");
    const newer = world.connect("session");
    await older.ask("join", { rooms: [{ room }] });
    await newer.ask("join", { rooms: [{ room }] });
    write(newer, "n1");
    await settle();
    expect([story(older), story(newer)]).toEqual([["1"], ["ack 1"]]);
  });

  test("an event of this socket's number on another instance is an event", async () => {
    const { engine, members } = await threeMembers();
    const [ann] = members;
    engine.announce(room, [{ ...eventAt(1), socket: ann.connection.number }]);
    engine.announce(room, [{ ...eventAt(2), instance: "i1", socket: ann.connection.number }]);
    expect(story(ann)).toEqual(["1", "2"]);
  });
});

describe("a write that stores nothing new", () => {
  test("is answered in its turn among the new ones before and after it", async () => {
    const { engine, members } = await threeMembers();
    const [ann, ben] = members;
    engine.announce(room, engine.fill(room, 1));
    engine.refuses = ({ commandId }) => (commandId === "again" ? repeated(1) : null);
    for (const id of ["a1", "again", "a2", "again", "a3"]) write(ann, id);
    await settle();
    expect(story(ann)).toEqual(["1"]);
    engine.commit();
    await settle();
    expect(story(ann)).toEqual(["1", "ack 2", "dup 1", "ack 3", "dup 1", "ack 4"]);
    expect(story(ben)).toEqual(["1", "2", "3", "4"]);
  });

  test("is answered at once when nothing before it waits", async () => {
    const { engine, members } = await threeMembers();
    engine.refuses = ({ commandId }) => (commandId === "again" ? repeated(1) : null);
    write(members[0], "again");
    write(members[0], "a1");
    await settle();
    expect(story(members[0])).toEqual(["dup 1"]);
  });

  const refusals = ["id_conflict", "unavailable"] as const;
  test.each(refusals)("%s is an error with its id, in its turn", async (code) => {
    const { engine, members } = await threeMembers();
    const [ann] = members;
    engine.refuses = ({ commandId }) => (commandId === "bad" ? { ok: false, code } : null);
    for (const id of ["a1", "bad", "a2"]) write(ann, id);
    engine.commit();
    await settle();
    expect(story(ann)).toEqual(["ack 1", code, "ack 2"]);
    expect(ann.socket.answerTo("bad")).toMatchObject({
      type: "error",
      payload: { code, retryable: code === "unavailable" },
    });
  });

  const orders: [first: string, isBusFirst: boolean][] = [
    ["event", true],
    ["result", false],
  ];
  test.each(orders)(
    "answered late, lets a later one pass as an event (its %s first)",
    async (_, isBusFirst) => {
      const { engine, members } = await threeMembers();
      const [ann, ben] = members;
      const late = Promise.withResolvers<PublishResult>();
      const publish = engine.publish.bind(engine);
      engine.publish = (write) => (write.commandId === "late" ? late.promise : publish(write));
      engine.announce(room, engine.fill(room, 1));
      if (!isBusFirst) engine.pauseBus();
      write(ann, "late");
      write(ann, "a1");
      engine.commit();
      await settle();
      engine.resumeBus();
      expect([story(ann), story(ben)]).toEqual([
        ["1", "2"],
        ["1", "2"],
      ]);
      late.resolve(repeated(1));
      await settle();
      expect(story(ann)).toEqual(["1", "2", "dup 1", "dup 2"]);
    },
  );
});

describe("a room that is left while a write is under way", () => {
  test("by a resync: its ack follows all the same", async () => {
    const { world, engine, members } = await threeMembers();
    const [ann] = members;
    engine.loses = () => true;
    write(ann, "a1");
    write(ann, "a2");
    engine.commit();
    await settle();
    engine.replaysAs = () => ({ recovered: false, reason: "too_far", epoch: "E1", seq: 2 });
    world.clock.advance(500);
    await settle();
    expect(story(ann)).toEqual(["resync", "ack 1", "ack 2"]);
    await ann.ask("ping", {});
  });

  test("before it was stored: its ack comes when it is", async () => {
    const { engine, members } = await threeMembers();
    const [ann] = members;
    write(ann, "a1");
    engine.replaysAs = () => ({ recovered: false, reason: "epoch", epoch: "E2", seq: 0 });
    engine.announce(room, [eventAt(7)]);
    await settle();
    write(ann, "too-late");
    expect(story(ann)).toEqual(["resync"]);
    engine.commit();
    await until(() => ann.socket.answerTo("too-late"));
    expect(story(ann)).toEqual(["resync", "ack 1", "not_joined"]);
  });

  test("by the socket's end: nothing is left behind", async () => {
    const { world, engine, members } = await threeMembers();
    const [ann, ben, cleo] = members;
    write(ann, "a1");
    for (const member of members) member.vanish();
    engine.commit();
    await settle();
    expect([story(ann), story(ben), story(cleo)]).toEqual([[], [], []]);
    expect(world.hub.feeds.count).toBe(0);
  });
});

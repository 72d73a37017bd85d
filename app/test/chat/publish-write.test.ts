import { describe, expect, test } from "bun:test";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { guestIdentity, type Identity, type User } from "../../src/chat/identity.ts";
import { publishWrite } from "../../src/chat/publish-write.ts";
import type { WriteCommand } from "../../src/chat/write-commands.ts";
import { ChatWorld, settle } from "../support/chat-world.ts";

const room = "room:a";

const identityOf = (name: string, rights: Partial<Identity> = {}): Identity => ({
  ...guestIdentity({ id: name, name: name.toUpperCase(), image: null }),
  ...rights,
});
const ann = identityOf("ann");
const backend = identityOf("backend", { mayPublish: true });
const zoe: User = { id: "zoe", name: "Zoe", image: "https://example.org/z.png" };

const message = (content: string, id: string | null = null, to = room): WriteCommand => ({
  type: "send_message",
  id,
  payload: { room: to, content },
});

/** A world, and what a write comes to in it. */
function start() {
  const world = new ChatWorld();
  const publish = async (identity: Identity, command: WriteCommand, author?: User) => {
    const answer = await publishWrite(world.hub, identity, command, author);
    return answer.ok ? { ...JSON.parse(answer.json), isRepeated: answer.duplicate } : answer.code;
  };
  return { world, publish };
}

describe("a write that no socket carries", () => {
  test("is answered as on a socket, and reaches every member as an event", async () => {
    const { world, publish } = start();
    const member = await world.join(room);
    const sent = await publish(ann, message("hi", "m1"));
    const { messageId } = sent;
    expect(sent).toEqual({
      ...{ room, epoch: "E1", seq: 1, messageId, createdAt: world.clock.now() },
      ...{ duplicate: false, isRepeated: false },
    });
    const edit: WriteCommand = {
      type: "message_edit",
      id: null,
      payload: { room, messageId, content: "ho" },
    };
    expect(await publish(ann, edit)).toEqual({
      ...{ room, epoch: "E1", seq: 2, messageId },
      ...{ duplicate: false, isRepeated: false },
    });
    await settle();
    expect(world.engine.logs.get(room)?.map(({ socket }) => socket)).toEqual([0, 0]);
    const events = member.socket.framesOf("chat_message", "message_edit");
    expect(events.map(({ type, payload }) => [type, payload.seq])).toEqual([
      ["chat_message", 1],
      ["message_edit", 2],
    ]);
    expect(events[0]?.payload.message).toMatchObject({ authorId: "ann", authorName: "ANN", clientId: "m1" });
  });

  test("repeated, is answered as the first time and stored once", async () => {
    const { world, publish } = start();
    const first = await publish(ann, message("hi", "m1"));
    const second = await publish(ann, message("hi", "m1"));
    expect(second).toEqual({ ...first, duplicate: true, isRepeated: true });
    expect(await publish(ann, message("other", "m1"))).toBe("id_conflict");
    expect([world.dedupeHits, world.engine.logs.get(room)?.length]).toEqual([1, 1]);
  });

  test("that the bus loses reaches the members all the same", async () => {
    const { world, publish } = start();
    const member = await world.join(room);
    world.engine.loses = () => true;
    await publish(ann, message("hi"));
    world.clock.advance(500);
    await settle();
    expect(member.socket.framesOf("chat_message").length).toBe(1);
  });

  test("shows another author where a backend says so, who may then change it", async () => {
    const { world, publish } = start();
    const { messageId } = await publish(backend, message("hi", "m1"), zoe);
    expect(world.engine.logs.get(room)?.[0]).toMatchObject({
      ...{ authorId: "zoe", authorName: "Zoe", authorImage: zoe.image },
    });
    expect(await publish(backend, message("hi", "m1"))).toBe("id_conflict");
    const remove: WriteCommand = { type: "message_delete", id: null, payload: { room, messageId } };
    expect(await publish(ann, remove)).toBe("forbidden");
    expect(await publish({ ...ann, user: zoe }, remove)).toMatchObject({ seq: 2 });
  });

  const refusals: [
    what: string,
    identity: Identity,
    command: WriteCommand,
    author: User | undefined,
    code: string,
  ][] = [
    ["a group of others", ann, message("hi", null, "group:g"), undefined, "forbidden"],
    ["notifications", backend, message("hi", null, "notifications:me"), undefined, "forbidden"],
    ["another author", identityOf("root", { isAdmin: true }), message("hi"), zoe, "forbidden"],
    [
      "no message",
      ann,
      { type: "message_delete", id: null, payload: { room, messageId: "none" } },
      undefined,
      "not_found",
    ],
  ];
  test.each(refusals)("is refused: %s", async (_, identity, command, author, code) => {
    const { world, publish } = start();
    expect(await publish(identity, command, author)).toBe(code);
    expect(world.engine.logs.get(command.payload.room) ?? []).toEqual([]);
  });

  test("to a group is for its members and backends", async () => {
    const { publish } = start();
    const member = identityOf("member", { rooms: ["group:g"] });
    expect(await publish(member, message("hi", null, "group:g"))).toMatchObject({ seq: 1 });
    expect(await publish(backend, message("hi", null, "group:g"))).toMatchObject({ seq: 2 });
  });

  test("does not tell what the engine cannot tell", async () => {
    const { world, publish } = start();
    world.engine.failsWith = () => new EngineUnavailable("down");
    await expect(publish(ann, message("hi", null, "group:g"))).rejects.toThrow(EngineUnavailable);
    world.engine.refuses = () => ({ ok: false, code: "unavailable" });
    expect(await publish(ann, message("hi"))).toBe("unavailable");
  });
});

import { describe, expect, test } from "bun:test";
import { ChatInstances } from "../support/chat-instances.ts";
import { settle } from "../support/chat-world.ts";
import { enter, holdReads, listedAt, room } from "../support/watched-room.ts";

describe("an instance that does not follow a room", () => {
  const user = (id: string) => ({ id, name: id, image: null });

  test("lists who is elsewhere, with all their sessions, and who has just left anywhere", async () => {
    const instances = new ChatInstances();
    const [a, b, c] = [instances.start("a"), instances.start("b"), instances.start("c")];
    for (const id of ["ann", "bob"]) (await enter(c, id, user(id))).vanish();
    await enter(a);
    await enter(b, "desk");
    await enter(b, "tablet");
    (await enter(b, "cy", user("cy"))).vanish();
    expect(c.hub.roomCount).toBe(0);
    expect(await listedAt(c)).toEqual({ users: ["ann 3", "bob 0", "cy 0"], total: 3 });
    const ann = { isAdmin: true, user: user("ann") };
    await instances.engine.control(
      { kind: "block_added", userId: "ann", otherId: "cy" },
      { userId: "x", at: 0, instance: "a" },
    );
    const { payload } = await c.connect("ann", null, ann).ask("presence", { room });
    expect(payload.total).toBe(2);
  });

  test("answers with its own members as well where it came to follow the room meanwhile", async () => {
    const world = new ChatInstances().start("a");
    const asked = holdReads(world);
    const asker = world.connect();
    asker.send("presence", { room }, "presence");
    await settle();
    world.connect("bob").send("join", { rooms: [{ room }] });
    await settle();
    asked[1]?.();
    await settle();
    asked[0]?.();
    await settle();
    expect(asker.socket.answerTo("presence")?.payload).toMatchObject({
      users: [{ userId: "user-bob", connections: 1 }],
      total: 1,
    });
  });
});

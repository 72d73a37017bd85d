import { expect, test } from "bun:test";
import { disconnectUser } from "../../src/chat/disconnect-user.ts";
import { EngineUnavailable } from "../../src/chat/engine.ts";
import { ChatWorld, settle } from "../support/chat-world.ts";
import { admin, identityOf } from "../support/identities.ts";

const bob = identityOf("bob");

test("every socket of the user is told and closed, nobody else's is; they may come back", async () => {
  const world = new ChatWorld();
  const clients = ["phone", "phone", "laptop"].map((id) => world.connect(id, null, bob));
  const other = world.connect("carol");
  await settle();
  expect(await disconnectUser(world.hub, admin, "bob")).toEqual({ ok: true, payload: { userId: "bob" } });
  for (const { socket } of clients) {
    expect(socket.closedWith).toEqual({ code: 4502, reason: "forbidden" });
    expect(socket.frames.at(-1)).toMatchObject({
      type: "goodbye",
      payload: { reason: "disconnected", closesInMs: 0, reconnect: false },
    });
  }
  expect([other.socket.closedWith, world.hub.connectionCount]).toEqual([null, 1]);
  expect(world.hub.verdict({ connectionId: "phone", identity: bob, address: null })).toBeNull();
});

test("asked for on another instance, it happens here", async () => {
  const world = new ChatWorld();
  const { socket } = world.connect("phone", null, bob);
  await settle();
  const author = { userId: "root", at: world.clock.now(), instance: "i2" };
  await world.engine.control({ kind: "user_disconnected", userId: "bob" }, author);
  await settle();
  expect(socket.closedWith?.code).toBe(4502);
});

test("of somebody who is not there it is no mistake", async () => {
  expect(await disconnectUser(new ChatWorld().hub, admin, "nobody")).toMatchObject({ ok: true });
});

test.each([
  ["a user", bob, "carol", "forbidden"],
  ["themselves", bob, "bob", "forbidden"],
  ["a backend", identityOf("b", { mayPublish: true }), "bob", "forbidden"],
  ["no user id", admin, "", "bad_message"],
])("is refused: %s", async (_, who, whom, code) => {
  const world = new ChatWorld();
  const { socket } = world.connect("phone", null, bob);
  expect(await disconnectUser(world.hub, who, whom)).toMatchObject({ ok: false, code });
  expect([socket.closedWith, world.engine.asked.control]).toEqual([null, 0]);
});

test("is answered unavailable while the engine is", async () => {
  const world = new ChatWorld();
  world.engine.failsWith = () => new EngineUnavailable("down");
  expect(await disconnectUser(world.hub, admin, "bob")).toMatchObject({ ok: false, code: "unavailable" });
});

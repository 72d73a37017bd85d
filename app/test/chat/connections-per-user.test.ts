import { expect, test } from "bun:test";
import { ChatWorld } from "../support/chat-world.ts";
import { identityOf } from "../support/identities.ts";

const alice = identityOf("alice");

function worldOf(maxConnectionsPerUser: number) {
  const world = new ChatWorld({ maxConnectionsPerUser });
  const connect = (id: string) => world.connect(id, null, alice);
  const verdict = (connectionId: string, identity = alice) =>
    world.hub.verdict({ connectionId, identity, address: null });
  return { world, connect, verdict };
}

test("a user has as many sessions with a socket as they may, over all devices and addresses", () => {
  const { world, connect, verdict } = worldOf(2);
  connect("phone");
  expect(verdict("laptop")).toBeNull();
  const laptop = world.connect("laptop", "192.0.2.9", alice);
  expect(verdict("tablet")).toBe("connection_limit_user");
  laptop.vanish();
  expect(verdict("tablet")).toBeNull();
});

test("a handover's second socket is no other session, also where there is no place for one", () => {
  const { connect, verdict } = worldOf(1);
  connect("phone");
  expect(verdict("phone")).toBeNull();
  const second = connect("phone");
  expect([verdict("phone"), verdict("laptop")]).toEqual([null, "connection_limit_user"]);
  second.vanish();
  expect(verdict("laptop")).toBe("connection_limit_user");
});

test("a session that comes back needs a place", () => {
  const { connect, verdict } = worldOf(1);
  connect("phone").vanish();
  connect("laptop");
  expect(verdict("phone")).toBe("connection_limit_user");
});

test("other users have places of their own, and 0 turns the limit off", () => {
  const { connect, verdict } = worldOf(1);
  connect("phone");
  expect(verdict("theirs", identityOf("bob"))).toBeNull();
  const unlimited = worldOf(0);
  for (let index = 0; index < 20; index += 1) unlimited.connect(`c${index}`);
  expect(unlimited.verdict("one-more")).toBeNull();
});

test("a session that belongs to somebody else is told so before any limit", () => {
  const { connect, verdict } = worldOf(1);
  connect("phone");
  expect(verdict("phone", identityOf("bob"))).toBe("session_taken");
});

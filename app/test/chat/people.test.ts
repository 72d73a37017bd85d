import { expect, test } from "bun:test";
import type { Connection } from "../../src/chat/connection.ts";
import { guestIdentity } from "../../src/chat/identity.ts";
import { People } from "../../src/chat/people.ts";
import { ChatWorld } from "../support/chat-world.ts";

function worldOf(people: People) {
  const world = new ChatWorld();
  const identity = guestIdentity({ id: "alice", name: "Alice", image: null });
  return (connectionId: string): Connection => {
    const { connection } = world.connect(connectionId, null, identity);
    people.attach(connection);
    return connection;
  };
}

test("a user is there from the first connection to the last", () => {
  const people = new People();
  const connect = worldOf(people);
  const [phone, laptop] = [connect("phone"), connect("laptop")];
  expect(people.connectionsOf("alice")).toEqual([phone, laptop]);
  expect([people.detach(phone), people.count]).toEqual([false, 1]);
  expect([people.detach(laptop), people.count, people.connectionsOf("alice").length]).toEqual([true, 0, 0]);
});

test("two sockets of one session count as one", () => {
  const people = new People();
  const connect = worldOf(people);
  for (const id of ["phone", "phone", "laptop"]) connect(id);
  expect([people.sessionCountOf("alice"), people.sessionCountOf("bob")]).toEqual([2, 0]);
});

test("a session whose newest socket is elsewhere does not count", () => {
  const people = new People();
  const connect = worldOf(people);
  const phone = connect("phone");
  phone.session.isElsewhere = true;
  expect(people.sessionCountOf("alice")).toBe(0);
  connect("laptop");
  expect(people.sessionCountOf("alice")).toBe(1);
});

test("a connection that is detached twice leaves the others alone", () => {
  const people = new People();
  const connect = worldOf(people);
  const [phone, laptop] = [connect("phone"), connect("laptop")];
  people.detach(phone);
  expect([people.detach(phone), people.connectionsOf("alice")]).toEqual([false, [laptop]]);
});

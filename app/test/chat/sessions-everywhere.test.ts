import { describe, expect, test } from "bun:test";
import { type Client, settle } from "../support/chat-world.ts";
import { identityOf } from "../support/identities.ts";
import { TwoHubs } from "../support/two-hubs.ts";

const alice = identityOf("alice");
const mallory = identityOf("mallory");
const address = "192.0.2.1";

describe("the count of an echo", () => {
  const count = async (client: Client) => (await client.ask("message", { content: 1 })).payload.count;

  test("goes on with the newer socket while the older one is open, and back", async () => {
    const hubs = await TwoHubs.start();
    const { a, b } = hubs;
    const first = await hubs.enter(a, "s");
    expect([await count(first), await count(first)]).toEqual([1, 2]);
    await hubs.drain(a);
    const second = await hubs.enter(b, "s");
    expect([await count(second), await count(second)]).toEqual([3, 4]);
    first.vanish();
    a.hub.drain.undrain();
    await hubs.drain(b);
    expect(await count(await hubs.enter(a, "s"))).toBe(5);
  });

  test("holds what the older socket took last", async () => {
    const hubs = await TwoHubs.start();
    const first = await hubs.enter(hubs.a, "s");
    await hubs.drain(hubs.a);
    const second = await hubs.enter(hubs.b, "s");
    await count(first);
    first.vanish();
    await settle();
    expect(await count(second)).toBe(2);
  });

  test("goes on after a break of less than 60 s, on whatever instance", async () => {
    const hubs = await TwoHubs.start();
    for (const [index, world] of [hubs.a, hubs.b, hubs.a, hubs.a, hubs.b].entries()) {
      const client = await hubs.enter(world, "s");
      expect(await count(client)).toBe(index + 1);
      client.vanish();
      await hubs.pass(59_000);
    }
    await hubs.pass(2000);
    expect(await count(await hubs.enter(hubs.a, "s"))).toBe(1);
  });
});

describe("over all instances", () => {
  test("a session belongs to its user", async () => {
    const hubs = await TwoHubs.start();
    const mine = await hubs.enter(hubs.a, "s", null, alice);
    expect(await hubs.b.enter("s", null, mallory)).toBe("session_taken");
    mine.vanish();
    await hubs.pass(59_999);
    expect(await hubs.b.enter("s", null, mallory)).toBe("session_taken");
    await hubs.pass(1);
    await hubs.enter(hubs.b, "s", null, mallory);
  });

  test("a user has as many sessions as they may, one that moves counted once", async () => {
    const hubs = await TwoHubs.start({ maxConnectionsPerUser: 2 });
    const { a, b } = hubs;
    await hubs.enter(a, "s1", null, alice);
    await hubs.enter(b, "s2", null, alice);
    for (const world of [a, b]) expect(await world.enter("s3", null, alice)).toBe("connection_limit_user");
    await hubs.drain(a);
    const moved = await hubs.enter(b, "s1", null, alice);
    expect(await b.enter("s3", null, alice)).toBe("connection_limit_user");
    moved.vanish();
    await settle();
    expect(await b.enter("s3", null, alice)).toBe("connection_limit_user");
  });

  test("an address has as many sessions as it may, one that moves counted once", async () => {
    const hubs = await TwoHubs.start({ maxConnectionsPerIp: 2 });
    const { a, b } = hubs;
    await hubs.enter(a, "s1", address);
    const second = await hubs.enter(b, "s2", address);
    for (const world of [a, b]) expect(await world.enter("s3", address)).toBe("connection_limit_ip");
    await hubs.drain(a);
    await hubs.enter(b, "s1", address);
    expect(await b.enter("s3", address)).toBe("connection_limit_ip");
    second.vanish();
    await hubs.enter(b, "s3", address);
  });

  test("what is left over from a handover takes no place of its address here", async () => {
    const hubs = await TwoHubs.start({ maxConnectionsPerIp: 1 });
    await hubs.enter(hubs.a, "s1", address);
    await hubs.drain(hubs.a);
    const moved = await hubs.enter(hubs.b, "s1", "192.0.2.2");
    hubs.a.hub.drain.undrain();
    await hubs.enter(hubs.a, "s2", address);
    moved.vanish();
  });

  test("an instance that dies gives places free, and older sockets count again", async () => {
    const hubs = await TwoHubs.start({ maxConnectionsPerUser: 2 });
    const { a, b } = hubs;
    await hubs.enter(a, "s1", null, alice);
    await hubs.drain(a);
    for (const id of ["s1", "s2"]) await hubs.enter(b, id, null, alice);
    a.hub.drain.undrain();
    hubs.instances.shared.kill("b");
    await settle();
    expect(a.hub.sessionCount).toBe(1);
    await hubs.enter(a, "s3", null, alice);
    expect(await a.enter("s4", null, alice)).toBe("connection_limit_user");
  });
});

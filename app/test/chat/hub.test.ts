import { describe, expect, test } from "bun:test";
import type { HandshakeRequest } from "../../src/chat/doorkeeper.ts";
import { guestIdentity } from "../../src/chat/identity.ts";
import { ChatWorld } from "../support/chat-world.ts";

const address = "192.0.2.1";
const request = (connectionId: string, from: string | null = address): HandshakeRequest => ({
  connectionId,
  identity: guestIdentity({ id: `user-${connectionId}`, name: connectionId, image: null }),
  address: from,
});

describe("a handshake", () => {
  test("is accepted, and asking claims nothing", () => {
    const { hub } = new ChatWorld({ maxConnections: 1, maxConnectionsPerIp: 1 });
    for (let asked = 0; asked < 3; asked += 1) expect(hub.verdict(request("a"))).toBeNull();
    expect([hub.connectionCount, hub.sessionCount]).toEqual([0, 0]);
  });

  test("is refused while the server is full, a session's second socket included", () => {
    const world = new ChatWorld({ maxConnections: 2 });
    world.connect("a");
    expect(world.hub.verdict(request("b"))).toBeNull();
    const b = world.connect("b");
    expect([world.hub.verdict(request("c")), world.hub.verdict(request("a"))]).toEqual([
      "server_full",
      "server_full",
    ]);
    b.vanish();
    expect(world.hub.verdict(request("c"))).toBeNull();
  });

  test("is refused when its address has as many sessions as it may", () => {
    const world = new ChatWorld({ maxConnectionsPerIp: 2 });
    const a = world.connect("a", address);
    world.connect("b", address);
    expect(world.hub.verdict(request("c"))).toBe("connection_limit_ip");
    expect(world.hub.verdict(request("c", "192.0.2.2"))).toBeNull();
    expect(world.hub.verdict(request("c", null))).toBeNull();
    expect(world.hub.verdict(request("a"))).toBeNull();
    a.vanish();
    expect(world.hub.verdict(request("c"))).toBeNull();
  });

  test("of a session that comes back to a full address is refused like any other", () => {
    const world = new ChatWorld({ maxConnectionsPerIp: 1 });
    world.connect("a", address).vanish();
    world.connect("b", address);
    expect(world.hub.verdict(request("a"))).toBe("connection_limit_ip");
    world.connect("a", "192.0.2.2");
    expect(world.hub.verdict(request("a"))).toBe("connection_limit_ip");
  });

  test("is refused for a session of somebody else, for as long as that lives", () => {
    const world = new ChatWorld();
    const mine = world.connect("a");
    const theirs = { ...request("a"), identity: guestIdentity({ id: "intruder", name: "i", image: null }) };
    expect(world.hub.verdict(theirs)).toBe("session_taken");
    mine.vanish();
    world.clock.advance(59_000);
    expect(world.hub.verdict(theirs)).toBe("session_taken");
    world.clock.advance(2000);
    expect(world.hub.verdict(theirs)).toBeNull();
  });

  test("meets no limit that is turned off", () => {
    const world = new ChatWorld({ maxConnections: 0, maxConnectionsPerIp: 0 });
    for (let index = 0; index < 50; index += 1) world.connect(`c${index}`, address);
    expect(world.hub.verdict(request("one-more"))).toBeNull();
  });

  test("is refused while draining, whoever asks", () => {
    const world = new ChatWorld();
    world.connect("a");
    world.hub.drain.sendAllAway(1000);
    expect([world.hub.verdict(request("a")), world.hub.verdict(request("b"))]).toEqual([
      "draining",
      "draining",
    ]);
    expect(world.hub.isDraining).toBe(true);
  });
});

describe("two sockets of one session", () => {
  test("the older is told that it is replaced, and closed 5 s later", () => {
    const world = new ChatWorld();
    const [older, newer] = [world.connect("a"), world.connect("a")];
    expect(older.socket.framesOf("goodbye")).toEqual([
      { type: "goodbye", payload: { reason: "replaced", closesInMs: 5000, reconnect: false } },
    ]);
    world.clock.advance(4999);
    expect(older.socket.closedWith).toBeNull();
    world.clock.advance(1);
    expect(older.socket.closedWith).toEqual({ code: 4501, reason: "replaced" });
    expect([newer.socket.closedWith, newer.socket.framesOf("goodbye")]).toEqual([null, []]);
  });

  test("both are served until then", async () => {
    const world = new ChatWorld();
    const [older, newer] = [world.connect("a"), world.connect("a")];
    for (const client of [older, newer]) await client.ask("ping", {});
    expect([world.hub.connectionCount, world.hub.sessionCount, world.hub.userCount]).toEqual([2, 1, 1]);
  });

  test("an older one that leaves by itself is not closed again", () => {
    const world = new ChatWorld();
    const older = world.connect("a");
    world.connect("a");
    older.socket.close(1000, "");
    world.clock.advance(10_000);
    expect(world.closeCodes).toEqual([1000]);
  });

  test("a third closes the oldest at once and replaces the second", () => {
    const world = new ChatWorld();
    const [first, second, third] = [world.connect("a"), world.connect("a"), world.connect("a")];
    expect(first.socket.closedWith?.code).toBe(4501);
    expect(first.socket.framesOf("goodbye").length).toBe(1);
    expect([second.socket.framesOf("goodbye").length, second.socket.closedWith]).toEqual([1, null]);
    expect(third.socket.framesOf("goodbye")).toEqual([]);
    for (let index = 0; index < 10; index += 1) world.connect("a");
    expect(world.hub.connectionCount).toBe(2);
  });
});

test("a session that comes back within 60 s goes on counting; later it begins again", async () => {
  const world = new ChatWorld();
  const countThenVanish = async () => {
    const client = world.connect("a");
    const { payload } = await client.ask("message", { content: 1 });
    client.vanish();
    return payload.count;
  };
  expect(await countThenVanish()).toBe(1);
  world.clock.advance(59_000);
  expect(await countThenVanish()).toBe(2);
  world.clock.advance(61_000);
  expect(await countThenVanish()).toBe(1);
});

describe("everybody is sent away", () => {
  test("told first, served until closed with 1012", async () => {
    const world = new ChatWorld();
    const clients = [world.connect(), world.connect(), await world.join("room:a")];
    world.hub.drain.sendAllAway(1000);
    for (const { socket, ask } of clients) {
      expect(socket.framesOf("goodbye")).toEqual([
        { type: "goodbye", payload: { reason: "draining", closesInMs: 1000, reconnect: true } },
      ]);
      expect((await ask("ping", {})).type).toBe("pong");
    }
    world.hub.closeAll();
    expect(clients.map(({ socket }) => socket.closedWith)).toEqual(
      new Array(3).fill({ code: 1012, reason: "restart" }),
    );
    expect([world.hub.connectionCount, world.hub.roomCount, world.hub.sessionCount]).toEqual([0, 0, 0]);
  });
});

test("the first frame says who is served by whom, within which limits", () => {
  const world = new ChatWorld({
    payloadBytesMax: 1234,
    roomsPerConnection: 7,
    heartbeatIntervalMs: 900,
    connectionTimeoutMs: 800,
  });
  const { socket } = world.connect("c-1");
  expect(socket.frames).toEqual([
    {
      type: "connection_established",
      payload: {
        connectionId: "c-1",
        userId: "user-c-1",
        userName: "c-1",
        instance: "i1",
        color: "none",
        version: "0.0.0",
        protocol: 1,
        features: expect.arrayContaining(["resume"]),
        serverTime: world.clock.now(),
        heartbeatInterval: 900,
        connectionTimeout: 800,
        limits: expect.objectContaining({
          payloadBytes: 1234,
          rooms: 7,
          waitingCommands: 32,
          messageChars: 8000,
        }),
      },
    },
  ]);
});

test("a stopped hub asks the clock for nothing more", () => {
  const world = new ChatWorld();
  const { socket } = world.connect();
  world.hub.stop();
  world.clock.advance(100_000);
  expect([socket.pings, world.clock.pendingTimers]).toEqual([0, 0]);
});

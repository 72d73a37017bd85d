import { describe, expect, test } from "bun:test";
import { closeLater, keep, sendAway } from "../../src/chat/goodbye.ts";
import { ChatWorld, type Client } from "../support/chat-world.ts";

const told = ({ socket }: Client) =>
  socket
    .framesOf("goodbye", "stay")
    .map(({ payload: { reason, closesInMs, reconnect } }) => [reason, closesInMs, reconnect]);

describe("a close that is due later", () => {
  test("comes once, though it is asked for twice", () => {
    const world = new ChatWorld();
    const client = world.connect();
    closeLater(client.connection, world.clock, "forbidden", 1000);
    closeLater(client.connection, world.clock, "replaced", 10);
    world.clock.advance(999);
    expect([client.socket.closedWith, client.connection.goodbye?.reason]).toEqual([null, "forbidden"]);
    world.clock.advance(1);
    expect(client.socket.closedWith).toEqual({ code: 4502, reason: "forbidden" });
    expect(told(client)).toEqual([["forbidden", 1000, false]]);
  });

  test("is called off when the client leaves first", () => {
    const world = new ChatWorld();
    const { connection, socket } = world.connect();
    const timersBefore = world.clock.pendingTimers;
    closeLater(connection, world.clock, "replaced", 1000);
    socket.close(1000, "");
    expect([world.clock.pendingTimers, world.closeCodes]).toEqual([timersBefore, [1000]]);
  });

  test("cannot be withdrawn", () => {
    const world = new ChatWorld();
    const client = world.connect();
    closeLater(client.connection, world.clock, "replaced", 1000);
    expect(keep(client.connection)).toBe(false);
    world.clock.advance(1000);
    expect(client.socket.closedWith?.code).toBe(4501);
  });
});

describe("who is sent away", () => {
  test("is told once, and closed by nobody here", () => {
    const world = new ChatWorld();
    const client = world.connect();
    expect([sendAway(client.connection, 5000), sendAway(client.connection, 1)]).toEqual([true, false]);
    expect(client.connection.goodbye?.reason).toBe("draining");
    world.clock.advance(20_000);
    expect([told(client), client.socket.closedWith]).toEqual([[["draining", 5000, true]], null]);
  });

  test("may stay after all, and be sent away again", () => {
    const world = new ChatWorld();
    const client = world.connect();
    sendAway(client.connection, 5000);
    expect([keep(client.connection), keep(client.connection)]).toEqual([true, false]);
    expect(client.connection.goodbye).toBeNull();
    expect(sendAway(client.connection, 7000)).toBe(true);
    expect(client.socket.framesOf("goodbye", "stay").map(({ type }) => type)).toEqual([
      "goodbye",
      "stay",
      "goodbye",
    ]);
  });

  test("is nobody who is to be closed for another reason, or is gone", () => {
    const world = new ChatWorld();
    const [replaced, gone] = [world.connect(), world.connect()];
    closeLater(replaced.connection, world.clock, "replaced", 1000);
    gone.vanish();
    expect([sendAway(replaced.connection, 1), sendAway(gone.connection, 1)]).toEqual([false, false]);
    expect([told(replaced), told(gone)]).toEqual([[["replaced", 1000, false]], []]);
    world.clock.advance(1000);
    expect(replaced.socket.closedWith?.code).toBe(4501);
  });

  test("is not told to stay once it is gone", () => {
    const world = new ChatWorld();
    const client = world.connect();
    sendAway(client.connection, 5000);
    client.vanish();
    expect(keep(client.connection)).toBe(false);
    expect(client.socket.framesOf("stay")).toEqual([]);
  });
});

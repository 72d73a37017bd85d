import { expect, test } from "bun:test";
import { ChatWorld } from "../support/chat-world.ts";

const alone = { heartbeatIntervalMs: 0, connectionTimeoutMs: 30_000 };

test("a client that only pings is active", () => {
  const world = new ChatWorld(alone);
  const { connection, socket } = world.connect();
  for (let second = 0; second < 90; second += 1) {
    world.clock.advance(1000);
    connection.pinged();
  }
  expect(socket.closedWith).toBeNull();
});

test("a client that reads none of its pongs is counted as a slow reader when it is cut", () => {
  const world = new ChatWorld(alone);
  const { connection, socket, vanish } = world.connect();
  socket.buffered = 1;
  connection.pinged();
  vanish();
  expect(world.closeCodes).toEqual([4002]);
});

import { expect, test } from "bun:test";
import { ChatWorld } from "../support/chat-world.ts";

test("a client whose answer was dropped is closed in the next turn, once, however much it sends", () => {
  const world = new ChatWorld();
  const { connection, socket, send } = world.connect();
  socket.send = () => 0;
  for (let more = 0; more < 100; more += 1) send("ping", {});
  connection.drained();
  world.clock.advance(0);
  expect(socket.closedWith).toEqual({ code: 4002, reason: "overloaded" });
  expect(world.closeCodes).toEqual([4002]);
});

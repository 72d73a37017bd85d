import { expect, test } from "bun:test";
import { ChatWorld } from "../support/chat-world.ts";

test.each([0, 60, 100_000])("a user is told of %d messages per minute", (messagesPerMinute) => {
  const { socket } = new ChatWorld({ messagesPerMinute }).connect();
  expect(socket.frames[0]).toMatchObject({
    type: "connection_established",
    payload: { userId: "user-c1", limits: { messagesPerMinute, commandsPerSecond: 50, historyPage: 100 } },
  });
});

test.each([{ isAdmin: true }, { mayPublish: true }])("a backend is told of no such limit: %p", (rights) => {
  const { socket } = new ChatWorld({ messagesPerMinute: 60 }).connect("b", null, rights);
  expect(socket.frames[0]?.payload).toMatchObject({
    userId: "user-b",
    limits: { messagesPerMinute: 0, commandsPerSecond: 50, historyPage: 100 },
  });
});

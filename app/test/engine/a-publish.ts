import type { Publish } from "../../src/chat/engine.ts";

/** A publish like any other, except for what the test is about. */
export function aPublish(fields: Partial<Publish> = {}): Publish {
  return {
    room: "room:a",
    kind: "chat_message",
    userId: "u1",
    authorId: "u1",
    authorName: "Ann",
    authorImage: "https://example.test/ann.png",
    messageId: Bun.randomUUIDv7(),
    content: "hello",
    metaJson: null,
    createdAt: Date.now(),
    instance: "i1",
    socket: 7,
    commandId: null,
    commandHash: "h1",
    ...fields,
  };
}

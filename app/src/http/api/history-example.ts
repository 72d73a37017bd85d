import { examples } from "./api-schemas.ts";

export const historyExample = {
  room: examples.room,
  epoch: examples.epoch,
  seq: 9,
  messages: [
    {
      id: examples.messageId,
      clientId: examples.commandId,
      authorId: "alice",
      authorName: "Alice",
      authorImage: null,
      content: "Hello",
      meta: null,
      isEdited: false,
      createdAt: examples.time,
      seq: 8,
      reactions: [{ emoji: "👍", count: 1, mine: false }],
    },
  ],
  hasMore: false,
};

import { Type } from "@sinclair/typebox";
import { eventPayloads } from "../../protocol/events.ts";
import { emoji, examples, place } from "./api-schemas.ts";

const { message } = eventPayloads.chat_message.properties;

const item = Type.Object({
  ...message.properties,
  seq: place.seq,
  reactions: Type.Array(Type.Object({ emoji, count: Type.Integer({ minimum: 1 }), mine: Type.Boolean() }), {
    description: "In the order in which the emojis were first used.",
  }),
});

const { id, payload, createdAt } = eventPayloads.notification.properties;

/** In `notifications:*`. */
const notification = Type.Object({ seq: place.seq, id, payload, createdAt });

/** What `history` is answered with, on a socket too. */
export const historyPage = Type.Object({
  ...place,
  messages: Type.Array(Type.Union([item, notification]), { description: "Oldest first." }),
  hasMore: Type.Boolean({ description: "There are older ones: ask with `before`, the first one's seq." }),
});

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

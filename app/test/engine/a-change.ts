import type { Publish } from "../../src/chat/engine.ts";

type Fields = Partial<Publish>;

/** Changes of a message by its author, except for what the test is about. */
export const anEdit = (messageId: string, content: string, fields: Fields = {}): Fields => ({
  kind: "message_edit",
  messageId,
  content,
  ...fields,
});

export const aDelete = (messageId: string, fields: Fields = {}): Fields => ({
  kind: "message_delete",
  messageId,
  content: null,
  ...fields,
});

export const aReaction = (
  messageId: string,
  emoji: string,
  fields: Fields = {},
  action: "add" | "remove" = "add",
): Fields => ({ kind: "reaction", messageId, content: null, reaction: { emoji, action }, ...fields });

/** Somebody, as a publish names them. */
export const by = (userId: string, fields: Fields = {}): Fields => ({
  userId,
  authorId: userId,
  authorName: `Name of ${userId}`,
  authorImage: null,
  ...fields,
});

import type { StoredEvent } from "../../src/chat/engine.ts";

/** An event of epoch E1 that another instance stored. */
export function eventAt(seq: number): StoredEvent {
  return {
    v: 1,
    epoch: "E1",
    seq,
    kind: "chat_message",
    authorId: "elsewhere",
    authorName: "Elsewhere",
    authorImage: null,
    messageId: `message-${seq}`,
    messageAuthorId: null,
    content: `text ${seq}`,
    metaJson: null,
    isEdited: false,
    createdAt: 1_700_000_000_000,
    instance: "i2",
    socket: 1,
    commandId: null,
    rest: null,
  };
}

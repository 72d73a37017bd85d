import type { Frame, Message, Notification, Presence, ResetReason, StoredMessage, User } from "./wire.ts";

/** What a room tells. Events with a `seq` come in the room's order, each once. */
export interface RoomEvents {
  /** `isOwn`: this client sent it. */
  message: Message & { readonly seq: number; readonly isOwn: boolean };
  /** Where `meta` is undefined it stays as it was. */
  edit: {
    readonly seq: number;
    readonly messageId: string;
    readonly content: string;
    readonly meta?: Message["meta"] | undefined;
    readonly editedAt: number;
  };
  delete: { readonly seq: number; readonly messageId: string };
  reaction: {
    readonly seq: number;
    readonly messageId: string;
    readonly userId: string;
    readonly emoji: string;
    readonly action: "add" | "remove";
  };
  notification: Notification;
  /** An event of a kind that this client does not know. */
  other: Frame;
  /** Joined, first or again: what was missed has been told, or `reset` has said that it cannot be. */
  live: { readonly recovered: boolean };
  /** Drop what you have of the room: this is what there is. `new`: it was not joined before. */
  reset: {
    readonly reason: ResetReason;
    readonly messages: readonly StoredMessage[];
    readonly hasMore: boolean;
  };
  /** No longer in the room: refused, removed, or by `leave`; the reason is an error's code. */
  left: { readonly reason: string };
  userJoined: User;
  userLeft: User;
  /** Who is there was read anew, or how many are there has changed. */
  presence: Presence;
  typing: { readonly userId: string; readonly userName: string; readonly isTyping: boolean };
}

type RoomEvent = { [T in keyof RoomEvents]: readonly [T, RoomEvents[T]] }[keyof RoomEvents];

/** What the log's event means for the application. Null: nothing that it may see. */
export function readLoggedEvent({ type, payload }: Frame, isOwn: (id: string) => boolean): RoomEvent | null {
  const { room, epoch, ...event } = payload;
  switch (type) {
    case "chat_message": {
      const { message, seq } = event;
      return ["message", { ...message, seq, isOwn: message.clientId !== null && isOwn(message.clientId) }];
    }
    case "message_edit":
      return ["edit", event];
    case "message_delete":
      return ["delete", event];
    case "reaction":
    case "notification":
      return [type, event];
    case "skipped":
      return null;
    default:
      return ["other", { type, payload }];
  }
}

export interface Author {
  readonly userId: string;
  readonly userName: string;
  readonly userImage: string | null;
}

/** A write of this client, whose answer takes the place of the event. */
export interface OwnWrite {
  readonly type: string;
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: a command's payload depends on its type
  readonly payload: any;
}

/** The event that everybody else gets. */
export function readOwnWrite(
  { type, id, payload }: OwnWrite,
  { seq, messageId, createdAt = Date.now() }: { seq: number; messageId: string; createdAt?: number },
  { userId, userName, userImage }: Author,
): RoomEvent | null {
  const { content, meta } = payload;
  switch (type) {
    case "send_message": {
      const author = { authorId: userId, authorName: userName, authorImage: userImage };
      const message = { id: messageId, clientId: id, ...author, content, meta: meta ?? null };
      return ["message", { ...message, isEdited: false, createdAt, seq, isOwn: true }];
    }
    case "message_edit":
      return ["edit", { seq, messageId, content, meta, editedAt: createdAt }];
    case "message_delete":
      return ["delete", { seq, messageId }];
    case "reaction":
      return ["reaction", { seq, messageId, userId, emoji: payload.emoji, action: payload.action }];
    default:
      return null;
  }
}

import type { Publish, Reaction, ReactionCount, StoredEvent } from "../../src/chat/engine.ts";
import type { Reactor } from "../../src/chat/engine-people.ts";
import { limits } from "../../src/protocol/limits.ts";

interface MemoryMessage {
  readonly kind: string;
  readonly authorId: string;
  content: string | null;
  metaJson: string | null;
  isEdited: boolean;
  /** In the order in which they came. */
  reactions: readonly Reactor[];
}

/** What a write adds to its event, or why it is refused; null: it changes nothing. */
type Applied =
  | Pick<StoredEvent, "content" | "metaJson" | "isEdited" | "messageAuthorId" | "rest">
  | "not_found"
  | "forbidden"
  | "too_large"
  | null;

const showsText: ReadonlySet<string> = new Set(["chat_message", "notification", "message_edit"]);

/** The messages as they are at present, with their reactions. */
export class MemoryMessages {
  readonly #messages = new Map<string, MemoryMessage>();

  apply(publish: Publish): Applied {
    const { kind, content, metaJson, authorId } = publish;
    const key = keyOf(publish.room, publish.messageId);
    if (kind === "chat_message" || kind === "notification") {
      this.#messages.set(key, { kind, authorId, content, metaJson, isEdited: false, reactions: [] });
      return { content, metaJson, isEdited: false, messageAuthorId: null, rest: null };
    }
    const message = this.#messages.get(key);
    if (message === undefined || message.kind === "notification") return "not_found";
    if (kind === "reaction") return react(message, publish);
    if (message.authorId !== publish.userId && publish.isModerator !== true) return "forbidden";
    if (kind === "message_edit") return edit(message, publish);
    this.#messages.delete(key);
    return { content: null, metaJson: null, isEdited: false, messageAuthorId: null, rest: null };
  }

  /** The event as it reads now. */
  present(room: string, event: StoredEvent): StoredEvent {
    const message = this.#messages.get(keyOf(room, event.messageId));
    const isGone = message === undefined;
    if (isGone) return { ...event, content: null, metaJson: null, isEdited: false, messageAuthorId: null };
    if (!showsText.has(event.kind)) return event;
    const { content, metaJson, isEdited } = message;
    return { ...event, content, metaJson, isEdited };
  }

  /** Null: no such message. */
  reactions(room: string, messageId: string, hidden: readonly string[]): readonly Reactor[] | null {
    const message = this.#messages.get(keyOf(room, messageId));
    if (message === undefined || message.kind === "notification") return null;
    return message.reactions.filter(({ userId }) => !hidden.includes(userId));
  }

  counts(room: string, messageId: string, viewerId: string, hidden: readonly string[]): ReactionCount[] {
    const byEmoji = Map.groupBy(this.reactions(room, messageId, hidden) ?? [], ({ emoji }) => emoji);
    return Array.from(byEmoji, ([emoji, reactors]) => ({
      emoji,
      count: reactors.length,
      mine: reactors.some(({ userId }) => userId === viewerId),
    }));
  }
}

const keyOf = (room: string, messageId: string): string => `${room} ${messageId}`;

function edit(message: MemoryMessage, { content, metaJson }: Publish): Applied {
  message.content = content;
  message.metaJson = metaJson ?? message.metaJson;
  message.isEdited = true;
  return {
    content,
    metaJson: message.metaJson,
    isEdited: true,
    messageAuthorId: message.authorId,
    rest: null,
  };
}

function react(message: MemoryMessage, { reaction, ...by }: Publish): Applied {
  const { emoji, action } = reaction as Reaction;
  const { userId, authorName: userName, authorImage: userImage, createdAt } = by;
  const isHis = (reactor: Reactor) => reactor.emoji === emoji && reactor.userId === userId;
  if (message.reactions.some(isHis) === (action === "add")) return null;
  const emojis = new Set(message.reactions.map((reactor) => reactor.emoji));
  if (action === "add" && !emojis.has(emoji) && emojis.size >= limits.emojisPerMessage) return "too_large";
  message.reactions =
    action === "add"
      ? [...message.reactions, { emoji, userId, userName, userImage, createdAt }]
      : message.reactions.filter((reactor) => !isHis(reactor));
  const rest = JSON.stringify({ emoji, action });
  return { content: null, metaJson: null, isEdited: false, messageAuthorId: message.authorId, rest };
}

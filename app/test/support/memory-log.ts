import type { Publish, PublishResult, StoredEvent } from "../../src/chat/engine.ts";
import type { ControlAuthor, ControlChange } from "../../src/chat/engine-people.ts";

/** The first events, up to and including the one that crosses the bound. */
export function fit<T extends StoredEvent>(events: readonly T[], textUnitsMax: number): T[] {
  let textUnits = 0;
  const isOver = ({ content }: StoredEvent): boolean => {
    const wasFull = textUnits >= textUnitsMax;
    textUnits += content?.length ?? 0;
    return wasFull;
  };
  const end = events.findIndex(isOver);
  return end < 0 ? [...events] : events.slice(0, end);
}

/** What another instance publishes. */
export function foreign(room: string, content: string): Publish {
  return {
    room,
    kind: "chat_message",
    userId: "elsewhere",
    authorId: "elsewhere",
    authorName: "Elsewhere",
    authorImage: null,
    messageId: Bun.randomUUIDv7(),
    content,
    metaJson: null,
    createdAt: 1_700_000_000_000,
    instance: "i2",
    socket: 1,
    commandId: null,
    commandHash: "",
  };
}

/** The entry of the control log. */
export function controlEvent(
  { kind, ...fields }: ControlChange,
  author: ControlAuthor,
  position: { readonly epoch: string; readonly seq: number },
): StoredEvent {
  return {
    v: 1,
    ...position,
    kind,
    authorId: author.userId,
    authorName: "",
    authorImage: null,
    messageId: Bun.randomUUIDv7(),
    messageAuthorId: null,
    content: null,
    metaJson: null,
    isEdited: false,
    createdAt: author.at,
    instance: author.instance,
    socket: 0,
    commandId: null,
    rest: JSON.stringify(fields),
  };
}

/** The log entry of a write, with what applying it came to. Only an event that makes a message shows a name. */
export function eventOf(publish: Publish, applied: AppliedAt): StoredEvent {
  const { kind, authorId, messageId, createdAt, instance, socket, commandId } = publish;
  const isMade = kind === "chat_message" || kind === "notification";
  const authorName = isMade ? publish.authorName : "";
  const authorImage = isMade ? publish.authorImage : null;
  return {
    ...{ v: 1, kind, authorId, authorName, authorImage, messageId, createdAt, instance, socket, commandId },
    ...applied,
  };
}

type AppliedAt = Pick<
  StoredEvent,
  "epoch" | "seq" | "content" | "metaJson" | "isEdited" | "messageAuthorId" | "rest"
>;

type Stored = Extract<PublishResult, { ok: true }>;

/** The answers to commands, by user, room and id. */
export class MemoryCommands {
  readonly #answers = new Map<string, { readonly hash: string; readonly answer: Stored }>();

  /** What a command comes to that was stored before. */
  find({ userId, room, commandId, commandHash }: Publish): PublishResult | null {
    const known = commandId === null ? undefined : this.#answers.get(`${userId} ${room} ${commandId}`);
    if (known === undefined) return null;
    if (known.hash !== commandHash) return { ok: false, code: "id_conflict" };
    return { ...known.answer, duplicate: true };
  }

  add({ userId, room, commandId, commandHash: hash }: Publish, answer: Stored): void {
    if (commandId !== null) this.#answers.set(`${userId} ${room} ${commandId}`, { hash, answer });
  }
}

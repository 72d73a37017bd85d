import type { Frame } from "../recording-sockets.ts";

type Payload = Frame["payload"];

interface Place {
  readonly seq: number;
}

/** A new message, with its text as it was when it was told. */
export interface MessageEntry extends Place {
  readonly kind: "chat_message";
  readonly messageId: string;
  readonly clientId: string;
  readonly authorId: string;
  readonly content: string;
  readonly meta: unknown;
  readonly isEdited: boolean;
  readonly createdAt: number;
}

/** `meta`: undefined leaves the message's as it is. */
interface EditEntry extends Place {
  readonly kind: "message_edit";
  readonly messageId: string;
  readonly content: string;
  readonly meta?: unknown;
}

interface DeleteEntry extends Place {
  readonly kind: "message_delete";
  readonly messageId: string;
}

interface ReactionEntry extends Place {
  readonly kind: "reaction";
  readonly messageId: string;
  readonly userId: string;
  readonly emoji: string;
  readonly action: "add" | "remove";
}

/** What is gone: a deleted message, or an edit of one. */
interface SkippedEntry extends Place {
  readonly kind: "skipped";
}

/** One event of a room's log as a member knows it. */
export type LedgerEntry = MessageEntry | EditEntry | DeleteEntry | ReactionEntry | SkippedEntry;

export const entryKinds: ReadonlySet<string> = new Set<LedgerEntry["kind"]>([
  "chat_message",
  "message_edit",
  "message_delete",
  "reaction",
  "skipped",
]);

export function entryOf({ type, payload }: Frame): LedgerEntry {
  const seq = Number(payload.seq);
  if (type === "chat_message") return messageEntry(seq, payload.message as Payload);
  if (!entryKinds.has(type)) throw new Error(`${payload.room} brought ${type}`);
  const { room: _room, epoch: _epoch, editedAt: _editedAt, ...fields } = payload;
  return { ...fields, kind: type, seq } as LedgerEntry;
}

/** A message as frames and pages of history carry it. */
export function messageEntry(seq: number, message: Payload): MessageEntry {
  const { id: messageId, clientId, authorId, content, meta, isEdited, createdAt } = message;
  const fields = { messageId, clientId, authorId, content, meta, isEdited, createdAt };
  return { ...fields, kind: "chat_message", seq } as MessageEntry;
}

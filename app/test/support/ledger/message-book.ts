import type { Frame } from "../recording-sockets.ts";
import { type LedgerEntry, type MessageEntry, messageEntry } from "./ledger-entry.ts";

interface Message {
  entry: MessageEntry;
  /** How many reacted, by emoji. */
  readonly reactions: Map<string, number>;
}

/** The messages of a room as they are at present, made of its events, or of history and the events since. */
export class MessageBook {
  readonly #messages = new Map<string, Message>();

  get ids(): string[] {
    return [...this.#messages.keys()];
  }

  get size(): number {
    return this.#messages.size;
  }

  clear(): void {
    this.#messages.clear();
  }

  /** A message of a page of history, with what happened since the page. */
  put(item: Frame["payload"], since: Iterable<LedgerEntry>): void {
    const entry = messageEntry(Number(item.seq), item);
    const reactions = item.reactions as { emoji: string; count: number }[];
    const counts = new Map(reactions.map(({ emoji, count }) => [emoji, count]));
    this.#messages.set(entry.messageId, { entry, reactions: counts });
    for (const later of since)
      if ("messageId" in later && later.messageId === entry.messageId) this.apply(later);
  }

  apply(entry: LedgerEntry): void {
    if (entry.kind === "skipped") return;
    if (entry.kind === "chat_message")
      return void this.#messages.set(entry.messageId, { entry, reactions: new Map() });
    const message = this.#messages.get(entry.messageId);
    if (message === undefined) return;
    if (entry.kind === "message_delete") this.#messages.delete(entry.messageId);
    else if (entry.kind === "reaction") count(message, entry.emoji, entry.action === "add" ? 1 : -1);
    else edit(message, entry.content, entry.meta);
  }

  /** One line for each message, in the room's order. */
  get lines(): string[] {
    return [...this.#messages.values()]
      .sort((one, other) => one.entry.seq - other.entry.seq)
      .map(({ entry, reactions }) => JSON.stringify({ ...entry, reactions: [...reactions].sort() }));
  }
}

function count({ reactions }: Message, emoji: string, change: 1 | -1): void {
  const counted = (reactions.get(emoji) ?? 0) + change;
  if (counted === 0) reactions.delete(emoji);
  else reactions.set(emoji, counted);
}

function edit(message: Message, content: string, meta: unknown): void {
  const { entry } = message;
  message.entry = { ...entry, content, meta: meta === undefined ? entry.meta : meta, isEdited: true };
}

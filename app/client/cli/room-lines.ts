import type { Message, RoomEvents } from "../index.ts";
import { harmless } from "./harmless.ts";

type Numbered = Message & { readonly seq: number };

/** Older messages can still be read, but no longer be named by their number. */
const messagesMax = 10_000;

/** What happens in a room as lines for people; `[12]` is a message's number, by which commands name it. */
export class RoomLines {
  readonly #seqs = new Map<string, number>();
  readonly #ids = new Map<number, string>();

  /** The id of the message with this number, where it was shown. */
  idOf(seq: number): string | undefined {
    return this.#ids.get(seq);
  }

  message({ id, seq, authorName, content, isEdited }: Numbered): string {
    this.#remember(id, seq);
    return `[${seq}] ${harmless(authorName)}: ${indented(content)}${isEdited ? " (edited)" : ""}`;
  }

  edit({ messageId, content }: RoomEvents["edit"]): string {
    return `${this.#nameOf(messageId)} is now: ${indented(content)}`;
  }

  delete({ messageId }: RoomEvents["delete"]): string {
    return `${this.#nameOf(messageId)} was deleted`;
  }

  reaction({ messageId, userId, emoji, action }: RoomEvents["reaction"]): string {
    const sign = action === "add" ? "" : "no longer ";
    return `${this.#nameOf(messageId)} ${harmless(userId)}: ${sign}${harmless(emoji)}`;
  }

  #nameOf(messageId: string): string {
    const seq = this.#seqs.get(messageId);
    return seq === undefined ? "An older message" : `[${seq}]`;
  }

  #remember(id: string, seq: number): void {
    this.#seqs.set(id, seq);
    this.#ids.set(seq, id);
    const [oldest] = this.#seqs;
    if (this.#seqs.size <= messagesMax || oldest === undefined) return;
    this.#seqs.delete(oldest[0]);
    this.#ids.delete(oldest[1]);
  }
}

const indented = (content: string): string => harmless(content, "      ");

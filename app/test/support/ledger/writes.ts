import type { Frame } from "../recording-sockets.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { type LedgerEntry, messageEntry } from "./ledger-entry.ts";
import type { RoomCopy } from "./room-copy.ts";

type WriteType = "send_message" | "message_edit" | "message_delete" | "reaction";

export interface Write {
  readonly id: string;
  readonly type: WriteType;
  readonly payload: { readonly room: string } & Readonly<Record<string, unknown>>;
}

export interface StoredWrite {
  readonly write: Write;
  readonly seq: number;
}

const longChars = 4000;
const emojis = ["👍", "👎", "❤️", '"', "\\"];
/** The rest are messages. */
const editChance = 0.15;
const deleteChance = 0.08;
const reactionChance = 0.2;

/** The writes of one member: which are still to be sent, which are not answered yet, and where the others were stored. */
export class Writes {
  /** By their idempotency key, in the order in which they were first sent. */
  readonly pending = new Map<string, Write>();
  /** By idempotency key. */
  readonly stored = new Map<string, StoredWrite>();
  readonly refused: Write[] = [];
  /** In the order in which they were first sent. */
  readonly sent: Write[] = [];
  left: number;
  /** How often a repeated command was answered as such. */
  duplicates = 0;
  readonly #author: string;
  readonly #random: SeededRandom;
  /** Its messages that it has not deleted, by room. */
  readonly #own = new Map<string, string[]>();
  /** Its reactions, as `message emoji`. */
  readonly #reactions = new Set<string>();

  constructor(author: string, count: number, random: SeededRandom) {
    this.#author = author;
    this.left = count;
    this.#random = random;
  }

  get isDone(): boolean {
    return this.left === 0 && this.pending.size === 0;
  }

  next(copy: RoomCopy): Write {
    const write = { id: crypto.randomUUID(), ...this.#choose(copy) };
    this.pending.set(write.id, write);
    this.sent.push(write);
    this.left -= 1;
    return write;
  }

  #choose(copy: RoomCopy): Omit<Write, "id"> {
    const chosen = this.#random.next();
    const [own] = this.#random.sample(this.#own.get(copy.room) ?? [], 1);
    if (chosen < editChance && own !== undefined) return this.#edit(copy.room, own);
    if (chosen < editChance + deleteChance && own !== undefined) return this.#delete(copy.room, own);
    if (chosen > 1 - reactionChance && copy.messages.size > 0) return this.#react(copy);
    return { type: "send_message", payload: { room: copy.room, ...this.#text(), meta: this.#meta() } };
  }

  #text(): { content: string } {
    const filler = this.#random.chance(0.1) ? "x".repeat(this.#random.below(longChars)) : "";
    return { content: `${this.#author} ${this.sent.length} ${filler}` };
  }

  #meta(): object {
    return { number: this.sent.length };
  }

  #edit(room: string, messageId: string): Omit<Write, "id"> {
    const meta = this.#random.chance(0.5) ? { meta: this.#meta() } : {};
    return { type: "message_edit", payload: { room, messageId, ...this.#text(), ...meta } };
  }

  #delete(room: string, messageId: string): Omit<Write, "id"> {
    const own = this.#own.get(room) ?? [];
    this.#own.set(
      room,
      own.filter((id) => id !== messageId),
    );
    return { type: "message_delete", payload: { room, messageId } };
  }

  /** To anybody's message; a reaction that is there already is taken back, so that each changes something. */
  #react({ room, messages }: RoomCopy): Omit<Write, "id"> {
    const { ids } = messages;
    const messageId = ids[this.#random.below(ids.length)] as string;
    const emoji = emojis[this.#random.below(emojis.length)] as string;
    const reaction = `${messageId} ${emoji}`;
    const action = this.#reactions.delete(reaction) ? "remove" : "add";
    if (action === "add") this.#reactions.add(reaction);
    return { type: "reaction", payload: { room, messageId, emoji, action } };
  }

  settle(write: Write, seq: number, messageId: string, isDuplicate: boolean): void {
    if (isDuplicate) this.duplicates += 1;
    this.pending.delete(write.id);
    this.stored.set(write.id, { write, seq });
    const { room } = write.payload;
    if (write.type === "send_message") this.#own.set(room, [...(this.#own.get(room) ?? []), messageId]);
  }

  /** Whether it may be refused: what it is about was deleted meanwhile. */
  refuse(write: Write, code: unknown): void {
    if (code !== "not_found" || write.type === "send_message")
      throw new Error(`${write.type} was refused: ${code}`);
    this.pending.delete(write.id);
    this.refused.push(write);
  }
}

/** The event that an ack stands for, as the others get it. */
export function entryOfAck(write: Write, ack: Frame["payload"], userId: string): LedgerEntry {
  const { seq, messageId, createdAt } = ack;
  const { room: _room, ...fields } = write.payload;
  if (write.type !== "send_message")
    return { ...fields, kind: write.type, seq, messageId, userId } as LedgerEntry;
  const made = { id: messageId, clientId: write.id, authorId: userId, isEdited: false, createdAt };
  return messageEntry(Number(seq), { ...fields, ...made });
}

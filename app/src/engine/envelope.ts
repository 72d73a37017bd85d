import type { Publish, ReactionCount, StoredEvent, StoredMessage } from "../chat/engine.ts";
import type { ControlAuthor, ControlChange } from "../chat/engine-people.ts";
import { restOf } from "./write.ts";

/** Of log entries and bus messages. Whoever reads a later one keeps what it does not know as it is. */
const version = 1;

/** An event before its place is known. */
type Unplaced = Omit<StoredEvent, "epoch" | "seq">;

const isMade = (kind: string): boolean => kind === "chat_message" || kind === "notification";

export function eventOfPublish(publish: Publish): Unplaced {
  const { kind, authorId, authorName, authorImage, messageId, content, metaJson, reaction } = publish;
  const { createdAt, instance, socket, commandId } = publish;
  const isNew = isMade(kind);
  return {
    v: version,
    kind,
    authorId,
    authorName: isNew ? authorName : "",
    authorImage: isNew ? authorImage : null,
    messageId,
    messageAuthorId: null,
    content,
    metaJson,
    isEdited: kind === "message_edit",
    createdAt,
    instance,
    socket,
    commandId,
    rest: reaction === undefined ? null : JSON.stringify(reaction),
  };
}

export function eventOfControl(change: ControlChange, author: ControlAuthor, messageId: string): Unplaced {
  return {
    v: version,
    kind: change.kind,
    authorId: author.userId,
    authorName: "",
    authorImage: null,
    messageId,
    messageAuthorId: null,
    content: null,
    metaJson: null,
    isEdited: false,
    createdAt: author.at,
    instance: author.instance,
    socket: 0,
    commandId: null,
    rest: restOf(change),
  };
}

/** What the log keeps of an event beyond kind, message, author and time: never a text. */
export const encodeEntry = ({ v, instance, socket, commandId, rest }: Unplaced): string =>
  JSON.stringify({ v, instance, socket, commandId, rest });

/** Who made a message: what its record keeps beside the text. */
export const encodeMaker = ({ kind, authorId, authorName, authorImage }: Unplaced): string =>
  JSON.stringify({ kind, id: authorId, name: authorName, image: authorImage });

/**
 * `<version> <epoch> <seq> <count>`, then of each of so many events, from the last, which has that seq, to the first: the event,
 * and what the script added to it, a line each. Without a count it is one. A later version may have more of each line; it is
 * handed on. In the order of the log. Null: not to be understood.
 */
export function decodeBusMessage(text: string): StoredEvent[] | null {
  const [head = "", ...lines] = text.split("\n");
  const [, epoch, seq, count = "1"] = /^\d+ (\S+) (\d+)(?: (\d+))?(?: |$)/.exec(head) ?? [];
  if (epoch === undefined) return null;
  try {
    return Array.from({ length: Number(count) }, (_, index) => {
      const [event = "", overlay] = lines.slice(index * 2, index * 2 + 2);
      const added = overlay ? JSON.parse(overlay) : {};
      return { ...(JSON.parse(event) as Unplaced), ...added, epoch, seq: Number(seq) - index };
    }).reverse();
  } catch {
    return null;
  }
}

/** As the scripts answer it: a log entry, and the record of its message, if there is one. */
export type EntryRow = readonly [
  seq: number,
  kind: string,
  messageId: string,
  authorId: string,
  createdAt: string,
  entry: string,
  maker?: string | null,
  content?: string | null,
  metaJson?: string | null,
  isEdited?: string | null,
  reactions?: readonly (string | number)[],
];

/** Kinds that say something of a message without showing its text. */
const textless: ReadonlySet<string> = new Set(["message_delete", "reaction"]);

export function eventOfRow(row: EntryRow, epoch: string): StoredEvent {
  const [seq, kind, messageId, authorId, createdAt, entry, maker, content, metaJson, isEdited] = row;
  const { v, instance, socket, commandId, rest } = JSON.parse(entry);
  const [, madeAt, made = "{}"] = /^(\d+) (.*)$/s.exec(maker ?? "") ?? [];
  const { id, name, image } = JSON.parse(made);
  const isMaking = Number(madeAt) === seq;
  const showsText = maker != null && (isMaking || !textless.has(kind));
  return {
    v,
    epoch,
    seq,
    kind,
    authorId,
    authorName: isMaking ? name : "",
    authorImage: isMaking ? image : null,
    messageId,
    messageAuthorId: isMaking ? null : (id ?? null),
    content: showsText ? (content ?? null) : null,
    metaJson: showsText ? (metaJson ?? null) : null,
    isEdited: showsText && isEdited === "1",
    createdAt: Number(createdAt),
    instance,
    socket,
    commandId,
    rest,
  };
}

export const messageOfRow = (row: EntryRow, epoch: string): StoredMessage => ({
  ...eventOfRow(row, epoch),
  reactions: readReactions(row[10] ?? []),
});

/** A flat list of emoji, seq of first use, count, 1 if the viewer is among them. */
function readReactions(flat: readonly (string | number)[]): readonly ReactionCount[] {
  const reactions = Array.from({ length: flat.length / 4 }, (_, index) =>
    flat.slice(index * 4, index * 4 + 4),
  );
  return reactions
    .sort(([, first], [, other]) => Number(first) - Number(other))
    .map(([emoji, , count, mine]) => ({
      emoji: String(emoji),
      count: Number(count),
      mine: Number(mine) === 1,
    }))
    .filter(({ count }) => count > 0);
}

import type { Publish, StoredEvent } from "../chat/engine.ts";
import { type Appended, type Changed, envelopeVersion, type Outcome } from "./sqlite-log.ts";
import { type ControlWrite, isControl, restOf, type Write } from "./write.ts";

/** The events of one commit as they are read from the log, made without reading it, by room. */
export function storedByRoom(
  writes: readonly Write[],
  { outcomes, epochs }: Appended,
  subscribed: ReadonlySet<string>,
): ReadonlyMap<string, readonly StoredEvent[]> {
  const byRoom = new Map<string, StoredEvent[]>();
  for (const [index, write] of writes.entries()) {
    if (!subscribed.has(write.room)) continue;
    const event = storedEvent(write, epochs.get(write.room) ?? "", outcomes[index]);
    if (event === null) continue;
    const events = byRoom.get(write.room);
    if (events) events.push(event);
    else byRoom.set(write.room, [event]);
  }
  return byRoom;
}

/** Null: it stored no event. */
function storedEvent(write: Write, epoch: string, outcome: Outcome | undefined): StoredEvent | null {
  if (typeof outcome === "number")
    return isControl(write) ? controlEvent(write, epoch, outcome) : messageEvent(write, epoch, outcome);
  const isChange = typeof outcome === "object" && "seq" in outcome;
  return isChange && !isControl(write) ? changeEvent(write, epoch, outcome) : null;
}

function messageEvent(publish: Publish, epoch: string, seq: number): StoredEvent {
  return {
    v: envelopeVersion,
    epoch,
    seq,
    kind: publish.kind,
    authorId: publish.authorId,
    authorName: publish.authorName,
    authorImage: publish.authorImage,
    messageId: publish.messageId,
    messageAuthorId: null,
    content: publish.content,
    metaJson: publish.metaJson,
    isEdited: false,
    createdAt: publish.createdAt,
    instance: publish.instance,
    socket: publish.socket,
    commandId: publish.commandId,
    rest: null,
  };
}

function changeEvent(
  publish: Publish,
  epoch: string,
  { seq, messageAuthorId, metaJson }: Changed,
): StoredEvent {
  return {
    ...messageEvent(publish, epoch, seq),
    authorName: "",
    authorImage: null,
    messageAuthorId,
    metaJson,
    isEdited: publish.kind === "message_edit",
    rest: publish.reaction === undefined ? null : JSON.stringify(publish.reaction),
  };
}

function controlEvent({ change, author, messageId }: ControlWrite, epoch: string, seq: number): StoredEvent {
  return {
    v: envelopeVersion,
    epoch,
    seq,
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

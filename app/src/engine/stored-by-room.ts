import type { Publish, StoredEvent } from "../chat/engine.ts";
import { type Appended, envelopeVersion } from "./sqlite-log.ts";

/** The events of one commit as they are read from the log, made without reading it, by room. */
export function storedByRoom(
  publishes: readonly Publish[],
  { outcomes, epochs }: Appended,
  subscribed: ReadonlySet<string>,
): ReadonlyMap<string, readonly StoredEvent[]> {
  const byRoom = new Map<string, StoredEvent[]>();
  for (const [index, publish] of publishes.entries()) {
    const seq = outcomes[index];
    if (typeof seq !== "number" || !subscribed.has(publish.room)) continue;
    const events = byRoom.get(publish.room);
    const event = storedEvent(publish, epochs.get(publish.room) ?? "", seq);
    if (events) events.push(event);
    else byRoom.set(publish.room, [event]);
  }
  return byRoom;
}

function storedEvent(publish: Publish, epoch: string, seq: number): StoredEvent {
  return {
    v: envelopeVersion,
    epoch,
    seq,
    kind: publish.kind,
    authorId: publish.authorId,
    authorName: publish.authorName,
    authorImage: publish.authorImage,
    messageId: publish.messageId,
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

import type { StoredEvent } from "./engine.ts";

/**
 * Events of the log as JSON text. Room names and epochs are safe inside quotes; whatever users wrote goes through
 * JSON.stringify, and stored JSON goes in as it is.
 */

/** An event, and the frame that tells clients of it. */
export interface EncodedEvent {
  readonly event: StoredEvent;
  readonly frame: string;
}

/** Something at this place that its reader may not see, or that is gone. */
export const encodeSkipped = (room: string, event: StoredEvent): string =>
  `{"type":"skipped","payload":{${encodePlace(room, event)}}}`;

const encodePlace = (room: string, { epoch, seq }: StoredEvent): string =>
  `"room":"${room}","epoch":"${epoch}","seq":${seq}`;

export function encodeStoredEvent(room: string, event: StoredEvent): string {
  const place = encodePlace(room, event);
  if (event.kind !== "chat_message") return encodeUnknownKind(place, event);
  if (event.content === null) return encodeSkipped(room, event);
  return `{"type":"chat_message","payload":{${place},"message":{${encodeMessageFields(event, event.content)}}}}`;
}

/** A kind of a later version: its fields are delivered unchanged. */
function encodeUnknownKind(place: string, event: StoredEvent): string {
  const fields = event.rest === null || event.rest === "{}" ? "" : `,${event.rest.slice(1, -1)}`;
  return `{"type":${JSON.stringify(event.kind)},"payload":{${place}${fields}}}`;
}

function encodeMessageFields(event: StoredEvent, content: string): string {
  return (
    `"id":"${event.messageId}","clientId":${quote(event.commandId)},"authorId":${quote(event.authorId)},` +
    `"authorName":${quote(event.authorName)},"authorImage":${quote(event.authorImage)},` +
    `"content":${quote(content)},"meta":${event.metaJson ?? "null"},` +
    `"isEdited":${event.isEdited},"createdAt":${event.createdAt}`
  );
}

const quote = (text: string | null): string => (text === null ? "null" : JSON.stringify(text));

/** A message as `history` shows it. */
export function encodeHistoryItem(event: StoredEvent): string {
  return `{${encodeMessageFields(event, event.content ?? "")},"seq":${event.seq},"reactions":[]}`;
}

/** The sender's answer, which takes the event's place in the room's order. */
export function encodeWriteAnswer(
  room: string,
  stored: { epoch: string; seq: number; messageId: string; createdAt: number },
  duplicate: boolean,
): string {
  return (
    `{"room":"${room}","epoch":"${stored.epoch}","seq":${stored.seq},"messageId":"${stored.messageId}",` +
    `"createdAt":${stored.createdAt},"duplicate":${duplicate}}`
  );
}

/** The answer to a command, from its payload as JSON text. */
export function encodeAnswer(id: string | null, payloadJson: string, type = "message_response"): string {
  return id === null
    ? `{"type":"${type}","payload":${payloadJson}}`
    : `{"type":"${type}","id":${JSON.stringify(id)},"payload":${payloadJson}}`;
}

import type { StoredEvent, StoredMessage, WriteKind } from "./engine.ts";

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
  encodeFrame("skipped", encodePlace(room, event));

const encodeFrame = (type: string, fields: string): string => `{"type":"${type}","payload":{${fields}}}`;

const encodePlace = (room: string, { epoch, seq }: StoredEvent): string =>
  `"room":"${room}","epoch":"${epoch}","seq":${seq}`;

export function encodeStoredEvent(room: string, event: StoredEvent): string {
  const place = encodePlace(room, event);
  switch (event.kind) {
    case "chat_message":
      return encodeText(place, event, encodeMessageField);
    case "message_edit":
      return encodeText(place, event, encodeEditFields);
    case "notification":
      return encodeText(place, event, encodeNotificationFields);
    case "message_delete":
      return encodeFrame("message_delete", `${place},"messageId":"${event.messageId}"`);
    case "reaction": {
      const fields = `"messageId":"${event.messageId}","userId":${quote(event.authorId)}`;
      return encodeFrame("reaction", `${place},${fields}${encodeRest(event)}`);
    }
    default:
      return `{"type":${quote(event.kind)},"payload":{${place}${encodeRest(event)}}}`;
  }
}

/** Whether an event shows the text of a message, which may be deleted; notifications are not. */
export const showsText = ({ kind }: StoredEvent): boolean =>
  kind === "chat_message" || kind === "message_edit";

/** An event that shows a text, as long as there is one. */
function encodeText(
  place: string,
  event: StoredEvent,
  encodeFields: (event: StoredEvent, text: string) => string,
): string {
  if (event.content === null) return encodeFrame("skipped", place);
  return encodeFrame(event.kind, `${place},${encodeFields(event, event.content)}`);
}

/** What only its kind understands; of a kind of a later version that is all of it. */
const encodeRest = ({ rest }: StoredEvent): string =>
  rest === null || rest === "{}" ? "" : `,${rest.slice(1, -1)}`;

const encodeMessageField = (event: StoredEvent, content: string): string =>
  `"message":{${encodeMessageFields(event, content)}}`;

const encodeEditFields = (event: StoredEvent, content: string): string =>
  `"messageId":"${event.messageId}","content":${quote(content)},"meta":${event.metaJson ?? "null"},` +
  `"editedAt":${event.createdAt}`;

const encodeNotificationFields = (event: StoredEvent, payloadJson: string): string =>
  `"id":"${event.messageId}","payload":${payloadJson},"createdAt":${event.createdAt}`;

function encodeMessageFields(event: StoredEvent, content: string): string {
  return (
    `"id":"${event.messageId}","clientId":${quote(event.commandId)},"authorId":${quote(event.authorId)},` +
    `"authorName":${quote(event.authorName)},"authorImage":${quote(event.authorImage)},` +
    `"content":${quote(content)},"meta":${event.metaJson ?? "null"},` +
    `"isEdited":${event.isEdited},"createdAt":${event.createdAt}`
  );
}

const quote = (text: string | null): string => (text === null ? "null" : JSON.stringify(text));

/** A message, or a notification, as `history` shows it. */
export function encodeHistoryItem(message: StoredMessage): string {
  const content = message.content ?? "";
  if (message.kind === "notification")
    return `{"seq":${message.seq},${encodeNotificationFields(message, content)}}`;
  const reactions = JSON.stringify(message.reactions);
  return `{${encodeMessageFields(message, content)},"seq":${message.seq},"reactions":${reactions}}`;
}

/** The answer to who wrote, which takes the event's place in the room's order. Only a new message has a time. */
export function encodeWriteAnswer(
  room: string,
  kind: WriteKind,
  stored: { epoch: string; seq: number; messageId: string; createdAt: number },
  duplicate: boolean,
): string {
  const time = kind === "chat_message" ? `"createdAt":${stored.createdAt},` : "";
  return (
    `{"room":"${room}","epoch":"${stored.epoch}","seq":${stored.seq},"messageId":"${stored.messageId}",` +
    `${time}"duplicate":${duplicate}}`
  );
}

/** The answer to a command, from its payload as JSON text. */
export function encodeAnswer(id: string | null, payloadJson: string, type = "message_response"): string {
  return id === null
    ? `{"type":"${type}","payload":${payloadJson}}`
    : `{"type":"${type}","id":${JSON.stringify(id)},"payload":${payloadJson}}`;
}

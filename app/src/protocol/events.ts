import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { type CloseReason, closeCodes } from "./close-codes.ts";
import { errorCodes } from "./errors.ts";

/** What the server sends: one payload schema for each event type. Clients ignore types that they do not know. */

const text = Type.String();
const optionalText = Type.Union([Type.String(), Type.Null()]);
const count = Type.Integer({ minimum: 0 });
const time = Type.Integer({ minimum: 0, description: "milliseconds since 1970" });
const meta = Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]);
const place = { room: text, epoch: text, seq: count };
const person = { userId: text, userName: text, userImage: optionalText };

const message = Type.Object({
  id: text,
  clientId: Type.Union([Type.String(), Type.Null()], { description: "The `id` of the sender's command." }),
  authorId: text,
  authorName: text,
  authorImage: optionalText,
  content: text,
  meta,
  isEdited: Type.Boolean(),
  createdAt: time,
});

const connectionLimits = Type.Object({
  messageChars: count,
  payloadBytes: count,
  rooms: count,
  waitingCommands: count,
  messagesPerMinute: count,
  commandsPerSecond: count,
  replayEvents: count,
  historyPage: count,
});

/** Events of a room's log: they have a seq, and a replay holds them. */
const loggedPayloads = {
  chat_message: Type.Object({ ...place, message }),
  message_edit: Type.Object({ ...place, messageId: text, content: text, meta, editedAt: time }),
  message_delete: Type.Object({ ...place, messageId: text }),
  reaction: Type.Object({
    ...place,
    messageId: text,
    userId: text,
    emoji: text,
    action: Type.Union([Type.Literal("add"), Type.Literal("remove")]),
  }),
  skipped: Type.Object(place),
  notification: Type.Object({ ...place, id: text, payload: Type.Unknown(), createdAt: time }),
} as const;

const frameOf = <T extends string, P extends TSchema>(type: T, payload: P) =>
  Type.Object({ type: Type.Literal(type), payload });

export const loggedFrame = Type.Union([
  frameOf("chat_message", loggedPayloads.chat_message),
  frameOf("message_edit", loggedPayloads.message_edit),
  frameOf("message_delete", loggedPayloads.message_delete),
  frameOf("reaction", loggedPayloads.reaction),
  frameOf("skipped", loggedPayloads.skipped),
  frameOf("notification", loggedPayloads.notification),
]);

const goodbyeReasons = ["draining", "disconnected", ...(Object.keys(closeCodes) as CloseReason[])];

export const eventPayloads = {
  connection_established: Type.Object({
    connectionId: text,
    userId: text,
    userName: text,
    instance: text,
    color: text,
    version: text,
    protocol: Type.Literal(1),
    features: Type.Array(text),
    serverTime: time,
    heartbeatInterval: count,
    connectionTimeout: count,
    limits: connectionLimits,
  }),
  heartbeat: Type.Object({ timestamp: time }),
  message_response: Type.Object({}),
  pong: Type.Object({ timestamp: time }),
  error: Type.Object({
    code: Type.String({ enum: errorCodes }),
    message: Type.String({ description: "For people; may change." }),
    retryable: Type.Boolean({ description: "Whether the same command may succeed later." }),
    retryAfterMs: Type.Optional(count),
  }),
  ...loggedPayloads,
  typing: Type.Object({ room: text, userId: text, userName: text, isTyping: Type.Boolean() }),
  user_joined: Type.Object({ room: text, ...person }),
  user_left: Type.Object({ room: text, ...person }),
  presence_changed: Type.Object({ room: text, total: count }),
  room_left: Type.Object({
    room: text,
    reason: Type.Union([Type.Literal("removed"), Type.Literal("forbidden")]),
  }),
  batch: Type.Object({ events: Type.Array(loggedFrame) }),
  resync: Type.Object({
    room: text,
    reason: Type.Union([Type.Literal("epoch"), Type.Literal("too_far")]),
    epoch: text,
  }),
  stay: Type.Object({}),
  goodbye: Type.Object({
    reason: Type.String({ enum: goodbyeReasons }),
    closesInMs: count,
    reconnect: Type.Boolean(),
  }),
} as const satisfies Record<string, TSchema>;

export type EventType = keyof typeof eventPayloads;
export const eventTypes = Object.keys(eventPayloads) as readonly EventType[];
export type EventPayload<T extends EventType> = Static<(typeof eventPayloads)[T]>;

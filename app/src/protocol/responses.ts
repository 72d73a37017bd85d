import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { type CommandType, commandPayloads } from "./commands.ts";
import { eventPayloads, loggedFrame } from "./events.ts";

/** What commands are answered with where they are not refused: one payload schema for each command type. */

const { room, epoch, seq } = eventPayloads.skipped.properties;
const { message } = eventPayloads.chat_message.properties;
const { userId, userName, userImage } = eventPayloads.user_joined.properties;
const { emoji } = commandPayloads.reaction.properties;
const { timestamp: time } = eventPayloads.heartbeat.properties;
const place = { room, epoch, seq };
const rooms = Type.Array(room);
const hasMore = Type.Boolean({
  description: "There are older ones: ask with `before`, the first one's seq.",
});
const positive = Type.Integer({ minimum: 1 });

const messageItem = Type.Object({
  ...message.properties,
  seq,
  reactions: Type.Array(Type.Object({ emoji, count: positive, mine: Type.Boolean() }), {
    description: "In the order in which the emojis were first used.",
  }),
});

const { id, payload, createdAt } = eventPayloads.notification.properties;

/** In `notifications:*`. */
const notificationItem = Type.Object({ seq, id, payload, createdAt });

const messages = Type.Array(Type.Union([messageItem, notificationItem]), { description: "Oldest first." });

const recovered = Type.Object({
  room,
  ok: Type.Literal(true),
  epoch,
  seq: Type.Integer({ minimum: 0, description: "The position that the client is at after the events." }),
  recovered: Type.Literal(true),
  events: Type.Array(loggedFrame, { description: "What was missed, oldest first." }),
  more: Type.Optional(
    Type.Literal(true, {
      description: "There is more than one answer holds. The room is live only after a join from this seq.",
    }),
  ),
});

const reset = Type.Object({
  room,
  ok: Type.Literal(true),
  epoch: Type.String({ description: "Empty: the room has no log, and seq is 0." }),
  seq,
  recovered: Type.Literal(false),
  reason: Type.Union(
    [Type.Literal("new"), Type.Literal("epoch"), Type.Literal("trimmed"), Type.Literal("too_far")],
    { description: "Why nothing was replayed. `new`: no position was given." },
  ),
  messages,
  hasMore,
});

const error = eventPayloads.error.properties;

const refused = Type.Object({ room, ok: Type.Literal(false), code: error.code, message: error.message });

const joinedRoom = Type.Union([recovered, reset, refused]);

/** What a join says of one room. */
export type JoinedRoom = Static<typeof joinedRoom>;

const changed = Type.Object({
  ...place,
  messageId: Type.String(),
  duplicate: Type.Boolean({
    description: "True: it was so already, and nothing was stored now. Only false moves a position.",
  }),
});

const batchResult = Type.Union([
  Type.Object({
    ok: Type.Literal(true),
    payload: Type.Unknown({
      description: "As the command's own answer; of a write `{id}`, and its own frame answers it.",
    }),
  }),
  Type.Object({ ok: Type.Literal(false), ...error }),
]);

const presentUser = Type.Object({
  userId,
  userName,
  userImage,
  connections: Type.Integer({
    minimum: 0,
    description: "In how many sessions; 0: the user has just left and may be back.",
  }),
});

/** Of `ping` it is the payload of `pong`, of everything else that of `message_response`. */
export const responsePayloads = {
  message: Type.Object({ content: Type.Unknown(), count: positive }),
  join: Type.Object({ rooms: Type.Array(joinedRoom) }),
  leave: Type.Object({ rooms }),
  send_message: Type.Object({ ...changed.properties, createdAt: time }),
  message_edit: changed,
  message_delete: changed,
  reaction: changed,
  typing: Type.Object({}),
  history: Type.Object({ ...place, messages, hasMore }),
  presence: Type.Object({
    room,
    users: Type.Array(presentUser, { maxItems: 100 }),
    total: Type.Integer({ minimum: 0 }),
  }),
  rooms: Type.Object({ rooms }),
  refresh_token: Type.Object({ expiresAt: time }),
  batch: Type.Object({ results: Type.Array(batchResult) }),
  ping: eventPayloads.pong,
} as const satisfies Record<CommandType, TSchema>;

export type ResponsePayload<T extends CommandType> = Static<(typeof responsePayloads)[T]>;

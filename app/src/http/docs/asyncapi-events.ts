import type { EventPayload, EventType } from "../../protocol/events.ts";
import { examples } from "../api/api-schemas.ts";

/** Those that answer commands are described with them. */
export type ToldEvent = Exclude<EventType, "message_response" | "pong">;

interface EventDescription<T extends ToldEvent> {
  readonly summary: string;
  readonly description: string;
  readonly example: EventPayload<T>;
  /** Whether it carries the `id` of the command that it answers, if that has one. */
  readonly hasId?: boolean;
}

const { room, messageId, epoch, time } = examples;
const place = { room, epoch, seq: 8 };
const alice = { userId: "alice", userName: "Alice", userImage: null };
const message = {
  id: messageId,
  clientId: examples.commandId,
  authorId: "alice",
  authorName: "Alice",
  authorImage: null,
  content: "Hello",
  meta: null,
  isEdited: false,
  createdAt: time,
};
const chatMessage = { type: "chat_message", payload: { ...place, message } } as const;
const reaction = { room, epoch, seq: 9, messageId, userId: "bob", emoji: "👍", action: "add" } as const;

export const eventDescriptions: { readonly [T in ToldEvent]: EventDescription<T> } = {
  connection_established: {
    summary: "The connection is ready",
    description:
      "Always the first frame: who one is, which instance serves, and which limits hold (0: none). Times are in milliseconds.",
    example: {
      connectionId: "0b6f2c1e-5f0c-4c0e-9d53-9a5b8f3c7d10",
      userId: "alice",
      userName: "Alice",
      instance: "a1b2c3d4",
      color: "blue",
      version: "1.0.0",
      protocol: 1,
      features: ["history", "resume"],
      serverTime: time,
      heartbeatInterval: 30_000,
      connectionTimeout: 300_000,
      limits: {
        messageChars: 8000,
        payloadBytes: 1_048_576,
        rooms: 100,
        waitingCommands: 32,
        messagesPerMinute: 60,
        commandsPerSecond: 50,
        replayEvents: 300,
        historyPage: 100,
      },
    },
  },
  heartbeat: {
    summary: "The server is there",
    description: "Every `heartbeatInterval`. Needs no answer.",
    example: { timestamp: time },
  },
  error: {
    summary: "A command is refused, or a token is about to expire",
    description:
      "With the `id` of the command that it answers. After `unavailable` and `internal` the outcome of a write is unknown: repeat it with the same `id`; every other code means that nothing was stored. `token_expired` comes by itself, 30 s before the connection is closed for it.",
    example: {
      code: "rate_limited",
      message: "Too many commands: slow down.",
      retryable: true,
      retryAfterMs: 400,
    },
    hasId: true,
  },
  chat_message: {
    summary: "Somebody has sent a message",
    description: "The socket that sent it gets the answer in its place.",
    example: chatMessage.payload,
  },
  message_edit: {
    summary: "A message was edited",
    description: "Shows the text that the message has now.",
    example: { ...place, messageId, content: "Hello, all", meta: null, editedAt: time },
  },
  message_delete: {
    summary: "A message was deleted",
    description: "Forget its text and its reactions.",
    example: { ...place, messageId },
  },
  reaction: {
    summary: "Somebody reacted to a message, or took that back",
    description: "Counts are in `history`.",
    example: reaction,
  },
  skipped: {
    summary: "Something that this user may not see, or that is gone",
    description: "Moves the position like any event of the log.",
    example: place,
  },
  notification: {
    summary: "A backend tells its users something",
    description: "Only in `notifications:me` and `notifications:all`, which are joined like rooms.",
    example: {
      room: "notifications:me",
      epoch,
      seq: 3,
      id: messageId,
      payload: { title: "Your order is ready" },
      createdAt: time,
    },
  },
  typing: {
    summary: "Somebody types, or has stopped",
    description: "At most every 2 s for one user in one room.",
    example: { room, userId: "alice", userName: "Alice", isTyping: true },
  },
  user_joined: {
    summary: "Somebody has come into a room",
    description:
      "Once for a user, however many sockets they have. After a join ask `presence` for who was there.",
    example: { room, ...alice },
  },
  user_left: {
    summary: "Somebody has left a room",
    description: "When none of the user's sockets has been in it for 5 s: a reconnect is no leave.",
    example: { room, ...alice },
  },
  presence_changed: {
    summary: "How many users a room has",
    description:
      "Takes the place of `user_joined` and `user_left` in rooms with many users, at most once a second.",
    example: { room, total: 2500 },
  },
  room_left: {
    summary: "This connection is no longer in a room",
    description:
      "The user was removed, or a newer token does not open the room. No event of the room follows.",
    example: { room: examples.group, reason: "removed" },
  },
  batch: {
    summary: "Several events in one frame",
    description: "Handle them one by one, in order.",
    example: { events: [chatMessage, { type: "reaction", payload: reaction }] },
  },
  resync: {
    summary: "The position in a room is void",
    description:
      "The log began again (`epoch`) or went too far ahead (`too_far`). The connection has left the room until it joins again.",
    example: { room, reason: "epoch", epoch },
  },
  stay: {
    summary: "A goodbye is withdrawn",
    description: "Keep this socket.",
    example: {},
  },
  goodbye: {
    summary: "This connection will be closed",
    description:
      "`draining`: open the next connection with the same connectionId, join from your positions, then close this one. Where `reconnect` is false, do not come back by yourself.",
    example: { reason: "draining", closesInMs: 15_000, reconnect: true },
  },
};

export const toldEvents = Object.keys(eventDescriptions) as readonly ToldEvent[];

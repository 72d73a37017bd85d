import type { CommandType, Payload } from "../../protocol/commands.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import type { ResponsePayload } from "../../protocol/responses.ts";
import { examples } from "../api/api-schemas.ts";
import { historyExample } from "../api/history-example.ts";

interface CommandDescription<T extends CommandType> {
  readonly summary: string;
  readonly description: string;
  readonly example: Payload<T>;
  readonly response: ResponsePayload<T>;
  /** Beside those of every command. */
  readonly refusals: readonly ErrorCode[];
}

/** What any command may be refused with. */
export const commonRefusals: readonly ErrorCode[] = [
  "bad_message",
  "too_large",
  "rate_limited",
  "too_many_in_flight",
  "unavailable",
  "internal",
];

const { room, group, messageId, epoch, time, token } = {
  ...examples,
  token: "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
};
const place = { room, epoch, seq: 9 };
const changed = { ...place, messageId, duplicate: false };
const changeRefusals: readonly ErrorCode[] = ["not_joined", "forbidden", "not_found", "id_conflict"];

export const commandDescriptions: { readonly [T in CommandType]: CommandDescription<T> } = {
  message: {
    summary: "Echo something",
    description: "Answered with the content and how many `message` and `send_message` this session has sent.",
    example: { content: { anything: ["that", "is", "JSON"] } },
    response: { content: { anything: ["that", "is", "JSON"] }, count: 1 },
    refusals: [],
  },
  join: {
    summary: "Join rooms, or resume them from a position",
    description:
      "The answer says of each room what the client missed (`recovered: true`), or, where that cannot be replayed, shows its newest messages (`recovered: false`: drop what you had), or why it is refused, which keeps no other room from being joined. From the answer on the room's events follow without a hole. With `more: true` the room is live only after the client joined again from the answer's seq. Joining a joined room replaces the subscription. `epoch` and `seq` come together; past `replayMax` missed events nothing is replayed.",
    example: { rooms: [{ room, epoch, seq: 7, replayMax: 1000 }, { room: group }, { room: "group:boards" }] },
    response: {
      rooms: [
        {
          ...place,
          ok: true,
          recovered: true,
          events: [
            { type: "skipped", payload: { room, epoch, seq: 8 } },
            { type: "message_delete", payload: { ...place, messageId } },
          ],
        },
        {
          room: group,
          ok: true,
          epoch: "",
          seq: 0,
          recovered: false,
          reason: "new",
          messages: [],
          hasMore: false,
        },
        { room: "group:boards", ok: false, code: "forbidden", message: "You may not do this." },
      ],
    },
    refusals: [],
  },
  leave: {
    summary: "Leave rooms",
    description: "No event of these rooms follows the answer.",
    example: { rooms: [room] },
    response: { rooms: [room] },
    refusals: [],
  },
  send_message: {
    summary: "Send a message to a room",
    description:
      "The answer means that it is stored, and takes the place of the event in the room's order. `meta` is an object of at most 4 KiB that is delivered unchanged. The same `id` again within 15 minutes, from any connection, stores nothing and gets the same answer with `duplicate: true`.",
    example: { room, content: "Hello", meta: { replyTo: messageId } },
    response: { ...changed, createdAt: time },
    refusals: ["not_joined", "forbidden", "id_conflict"],
  },
  message_edit: {
    summary: "Edit a message",
    description: "For its author and admins. Without `meta` the message keeps what it has.",
    example: { room, messageId, content: "Hello, all" },
    response: changed,
    refusals: changeRefusals,
  },
  message_delete: {
    summary: "Delete a message",
    description: "For its author and admins. Its text and its reactions are gone for everybody.",
    example: { room, messageId },
    response: changed,
    refusals: changeRefusals,
  },
  reaction: {
    summary: "Add or remove a reaction",
    description: "A message takes 20 different emojis; one more is `too_large`.",
    example: { room, messageId, emoji: "👍", action: "add" },
    response: changed,
    refusals: changeRefusals,
  },
  typing: {
    summary: "Say that one types, or has stopped",
    description: "Never stored, and forgotten after 5 s unless it is said again.",
    example: { room, isTyping: true },
    response: {},
    refusals: ["not_joined", "forbidden"],
  },
  history: {
    summary: "Read a room's past",
    description:
      "The newest messages, or those before a seq. What was deleted, or is from somebody on the other side of a block, is left out. Asks for the right to join only.",
    example: { room, before: 9, limit: 20 },
    response: historyExample,
    refusals: ["forbidden"],
  },
  presence: {
    summary: "Ask who is in a room",
    description:
      "At most 100 users and how many there are, without those on the other side of a block. Asks for the right to join only.",
    example: { room },
    response: {
      room,
      users: [{ userId: "alice", userName: "Alice", userImage: null, connections: 1 }],
      total: 1,
    },
    refusals: ["forbidden"],
  },
  rooms: {
    summary: "List one's rooms",
    description: "Those that this session has joined, and the groups that its user is a member of.",
    example: {},
    response: { rooms: [room, group] },
    refusals: [],
  },
  refresh_token: {
    summary: "Put a newer token in force",
    description:
      "Of the same user. Every joined room is checked again; those that it does not open are left (`room_left`). Whatever is refused leaves the old token in force.",
    example: { token },
    response: { expiresAt: time },
    refusals: ["unauthorized", "forbidden"],
  },
  batch: {
    summary: "Send several commands at once",
    description:
      "They take effect in order; the results are in the same order. Writes need an `id` of their own: their result is `{id}`, and each is answered by its own frame. No batch in a batch.",
    example: {
      commands: [
        { type: "join", payload: { rooms: [{ room: group }] } },
        { type: "send_message", id: examples.commandId, payload: { room: group, content: "Hello" } },
        { type: "presence", payload: { room: "notifications:me" } },
      ],
    },
    response: {
      results: [
        {
          ok: true,
          payload: {
            rooms: [
              {
                room: group,
                ok: true,
                epoch: "",
                seq: 0,
                recovered: false,
                reason: "new",
                messages: [],
                hasMore: false,
              },
            ],
          },
        },
        { ok: true, payload: { id: examples.commandId } },
        { ok: false, code: "forbidden", message: "You may not do this.", retryable: false },
      ],
    },
    refusals: [],
  },
  ping: {
    summary: "Ask for a sign of life",
    description: "Answered by `pong`, which holds the server's time.",
    example: {},
    response: { timestamp: time },
    refusals: [],
  },
};

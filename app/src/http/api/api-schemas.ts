import { Type } from "@sinclair/typebox";
import type { PageBounds } from "../../chat/engine-people.ts";
import { commandPayloads } from "../../protocol/commands.ts";
import { eventPayloads } from "../../protocol/events.ts";
import { limits } from "../../protocol/limits.ts";
import { userIdPattern } from "../../protocol/names.ts";

/** What several operations ask for or answer with. */

export const { room, messageId, content, meta } = commandPayloads.message_edit.properties;
export const { emoji } = commandPayloads.reaction.properties;
export const { before, limit: historyLimit } = commandPayloads.history.properties;

export const group = Type.String({ pattern: "^group:[A-Za-z0-9_.-]{1,64}$" });
export const userId = Type.String({ pattern: userIdPattern });

export const commandId = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: limits.commandIdChars,
    description: "Idempotency key, best a UUID: the same call again within 15 minutes changes nothing.",
  }),
);

/** Which part of a list. */
export const paging = {
  after: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: limits.cursorChars,
      description: "`next` of the page before; without it the list begins.",
    }),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: limits.listPage, default: limits.listPageDefault }),
  ),
};

export const pageBounds = (query: { readonly after?: string; readonly limit?: number }): PageBounds => ({
  after: query.after ?? null,
  limit: query.limit ?? limits.listPageDefault,
});

export const next = Type.Union([Type.String(), Type.Null()], {
  description: "What `after` has to be for the next page; null: this is the last one.",
});

const { room: roomName, epoch, seq } = eventPayloads.skipped.properties;
export const place = { room: roomName, epoch, seq };
export const time = eventPayloads.heartbeat.properties.timestamp;
export const { userName, userImage } = eventPayloads.user_joined.properties;

/** What a change of a room's log is answered with. */
export const changed = Type.Object({
  ...place,
  messageId,
  duplicate: Type.Boolean({ description: "True: it was so already, and nothing was stored now." }),
});

export const examples = {
  room: "room:lobby",
  group: "group:team-7",
  messageId: "019a3c5e-7d2f-7abc-8def-0123456789ab",
  epoch: "k3v9xq2m",
  time: 1_760_000_000_000,
  commandId: "5b0c3f0e-8a8e-4c43-9f7e-6f2b7d1a9c11",
} as const;

export const changedExample = {
  room: examples.room,
  epoch: examples.epoch,
  seq: 9,
  messageId: examples.messageId,
  duplicate: false,
};

import { Type } from "@sinclair/typebox";
import { readHistory } from "../../chat/history.ts";
import { refuse } from "../../protocol/errors.ts";
import { inspectJson } from "../../protocol/inspect-json.ts";
import { limits } from "../../protocol/limits.ts";
import { responsePayloads } from "../../protocol/responses.ts";
import { apiRoute } from "./api-route.ts";
import {
  before,
  changed,
  changedExample,
  commandId,
  content,
  examples,
  historyLimit,
  messageId,
  meta,
  place,
  room,
  time,
  userId,
} from "./api-schemas.ts";
import { historyExample } from "./history-example.ts";
import { runWrite } from "./run-write.ts";

const author = Type.Object(
  {
    id: userId,
    name: Type.String({ minLength: 1, maxLength: 128 }),
    image: Type.Optional(
      Type.Union([Type.String({ pattern: "^https?://\\S+$", maxLength: 2048 }), Type.Null()]),
    ),
  },
  { description: "Who is shown as the author instead of the token's user; asks for the scope publish." },
);

const sent = Type.Object({
  ...place,
  messageId,
  createdAt: time,
  duplicate: Type.Boolean({ description: "True: the same call was made before, and this is its answer." }),
});

const sentExample = {
  room: examples.room,
  epoch: examples.epoch,
  seq: 8,
  messageId: examples.messageId,
  createdAt: examples.time,
  duplicate: false,
};

const send = apiRoute({
  method: "POST",
  path: "/rooms/:room/messages",
  name: "sendMessage",
  tag: "Messages",
  summary: "Send a message",
  description:
    "As `send_message` on a socket, but without joining the room. With an `id` of your own the call can be repeated safely.",
  countsAs: "message",
  params: { room },
  query: {},
  body: { content, meta, id: commandId, author: Type.Optional(author) },
  bodyExample: { content: "Hello", meta: { replyTo: examples.messageId }, id: examples.commandId },
  answers: {
    201: { description: "Stored.", schema: sent, example: sentExample },
    200: { description: "Stored before.", schema: sent, example: { ...sentExample, duplicate: true } },
  },
  refusals: ["forbidden", "id_conflict"],
  run(call) {
    const { params, body } = call;
    const payload = { room: params.room, content: body.content, meta: body.meta };
    const problem = inspectJson("author", body.author ?? null);
    if (problem !== null) return refuse(problem.code, problem.message);
    const author = body.author && { ...body.author, image: body.author.image ?? null };
    return runWrite(call, { type: "send_message", id: body.id, payload }, author);
  },
});

const list = apiRoute({
  method: "GET",
  path: "/rooms/:room/messages",
  name: "listMessages",
  tag: "Messages",
  summary: "Read a room's past",
  description:
    "The newest messages, oldest first, or those before a seq. What was deleted, or is from somebody on the other side of a block, is left out.",
  countsAs: "read",
  params: { room },
  query: { before, limit: historyLimit },
  answers: { 200: { description: "A page.", schema: responsePayloads.history, example: historyExample } },
  refusals: ["forbidden"],
  run: ({ hub, identity, params, query }) =>
    readHistory(hub, { identity }, { ...params, ...query }, limits.answerBytes),
});

const edit = apiRoute({
  method: "PATCH",
  path: "/rooms/:room/messages/:id",
  name: "editMessage",
  tag: "Messages",
  summary: "Edit a message",
  description: "For its author and admins. Without `meta` the message keeps what it has.",
  countsAs: "message",
  params: { room, id: messageId },
  query: {},
  body: { content, meta, id: commandId },
  bodyExample: { content: "Hello, all", id: examples.commandId },
  answers: { 200: { description: "Edited.", schema: changed, example: changedExample } },
  refusals: ["forbidden", "not_found", "id_conflict"],
  run(call) {
    const { params, body } = call;
    const payload = { room: params.room, messageId: params.id, content: body.content, meta: body.meta };
    return runWrite(call, { type: "message_edit", id: body.id, payload });
  },
});

const remove = apiRoute({
  method: "DELETE",
  path: "/rooms/:room/messages/:id",
  name: "deleteMessage",
  tag: "Messages",
  summary: "Delete a message",
  description: "For its author and admins. Its text and its reactions are gone for everybody.",
  countsAs: "message",
  params: { room, id: messageId },
  query: { id: commandId },
  answers: { 200: { description: "Deleted.", schema: changed, example: changedExample } },
  refusals: ["forbidden", "not_found", "id_conflict"],
  run(call) {
    const { params, query } = call;
    const payload = { room: params.room, messageId: params.id };
    return runWrite(call, { type: "message_delete", id: query.id, payload });
  },
});

export const messageRoutes = [send, list, edit, remove];

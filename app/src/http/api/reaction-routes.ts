import { Type } from "@sinclair/typebox";
import { readReactors } from "../../chat/read-reactors.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";
import {
  changed,
  changedExample,
  commandId,
  emoji,
  examples,
  messageId,
  next,
  pageBounds,
  paging,
  room,
  time,
  userId,
  userImage,
  userName,
} from "./api-schemas.ts";
import { runWrite } from "./run-write.ts";

const reactors = Type.Object({
  reactions: Type.Array(Type.Object({ emoji, userId, userName, userImage, createdAt: time })),
  next,
});

const reactorsExample = {
  reactions: [{ emoji: "👍", userId: "alice", userName: "Alice", userImage: null, createdAt: examples.time }],
  next: null,
};

const list = apiRoute({
  method: "GET",
  path: "/rooms/:room/messages/:id/reactions",
  name: "listReactions",
  tag: "Reactions",
  summary: "Tell who reacted to a message",
  description: "Ordered by emoji and time.",
  countsAs: "read",
  params: { room, id: messageId },
  query: { emoji: Type.Optional(emoji), ...paging },
  answers: { 200: { description: "A page.", schema: reactors, example: reactorsExample } },
  refusals: ["forbidden", "not_found"],
  async run({ hub, identity, params, query }) {
    const bounds = { emoji: query.emoji ?? null, ...pageBounds(query) };
    const read = await readReactors(hub, identity, params.room, params.id, bounds);
    if (!read.ok) return read;
    return { ok: true, payload: { reactions: read.page.items, next: read.page.next } };
  },
});

function react(method: "PUT" | "DELETE", action: "add" | "remove"): ApiRoute {
  return apiRoute({
    method,
    path: "/rooms/:room/messages/:id/reactions/:emoji",
    name: `${action}Reaction`,
    tag: "Reactions",
    summary: action === "add" ? "React to a message" : "Take a reaction back",
    description: `As \`reaction\` with \`${action}\` on a socket. The emoji is percent-encoded in the path.`,
    countsAs: "message",
    params: { room, id: messageId, emoji },
    query: { id: commandId },
    answers: {
      200: {
        description: "It is so now; `duplicate`: it was before.",
        schema: changed,
        example: changedExample,
      },
    },
    refusals: ["forbidden", "not_found", "id_conflict"],
    run(call) {
      const { params, query } = call;
      const payload = { room: params.room, messageId: params.id, emoji: params.emoji, action };
      return runWrite(call, { type: "reaction", id: query.id, payload });
    },
  });
}

export const reactionRoutes = [list, react("PUT", "add"), react("DELETE", "remove")];

import { Type } from "@sinclair/typebox";
import { refuse } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { type ApiAnswer, type ApiRoute, apiRoute, type Caller } from "./api-route.ts";
import { done, examples, next, paging, time, userId } from "./api-schemas.ts";

const blocks = Type.Object({
  blocks: Type.Array(Type.Object({ userId, createdAt: time })),
  next,
});

const list = apiRoute({
  method: "GET",
  path: "/blocks",
  name: "listBlocks",
  tag: "Blocks",
  summary: "List whom one blocked",
  description: "Ordered by user id.",
  countsAs: "read",
  params: {},
  query: paging,
  answers: {
    200: {
      description: "A page.",
      schema: blocks,
      example: { blocks: [{ userId: "mallory", createdAt: examples.time }], next: null },
    },
  },
  refusals: [],
  async run({ hub, identity, query }) {
    const bounds = { after: query.after ?? null, limit: query.limit ?? limits.listPageDefault };
    const page = await hub.context.engine.blocksBy(identity.user.id, bounds);
    return { ok: true, payload: { blocks: page.items, next: page.next } };
  },
});

type Kind = "block_added" | "block_removed";

/** Whoever blocks themselves would not see what they write. */
const self = "Nobody can block themselves.";

async function decide(
  { hub, identity }: Caller,
  kind: Kind,
  userId: string,
  otherId: string,
): Promise<ApiAnswer> {
  if (userId === otherId) return refuse("bad_message", self);
  const refusal = await hub.control.change({ kind, userId, otherId }, identity);
  return refusal ?? { ok: true, payload: {} };
}

function decideOwn(method: "PUT" | "DELETE", kind: Kind): ApiRoute {
  const isAdded = kind === "block_added";
  return apiRoute({
    method,
    path: "/blocks/:userId",
    name: isAdded ? "block" : "unblock",
    tag: "Blocks",
    summary: isAdded ? "Block a user" : "End a block",
    description: isAdded
      ? "From now on neither sees what the other writes, or whether they are there. At most 1,000 users."
      : "If the other has not blocked oneself, both see each other again.",
    countsAs: "read",
    params: { userId },
    query: {},
    answers: { 200: done },
    refusals: isAdded ? ["too_large"] : [],
    run: (call) => decide(call, kind, call.identity.user.id, call.params.userId),
  });
}

function decideForOthers(method: "PUT" | "DELETE", kind: Kind): ApiRoute {
  const isAdded = kind === "block_added";
  return apiRoute({
    method,
    path: "/users/:userId/blocks/:other",
    name: isAdded ? "blockForUser" : "unblockForUser",
    tag: "Blocks",
    summary: isAdded ? "Block a user for another" : "End a user's block of another",
    description: "As if `userId` had done it.",
    scope: "admin",
    countsAs: "read",
    params: { userId, other: userId },
    query: {},
    answers: { 200: done },
    refusals: isAdded ? ["forbidden", "too_large"] : ["forbidden"],
    run: (call) => decide(call, kind, call.params.userId, call.params.other),
  });
}

export const blockRoutes = [
  list,
  decideOwn("PUT", "block_added"),
  decideOwn("DELETE", "block_removed"),
  decideForOthers("PUT", "block_added"),
  decideForOthers("DELETE", "block_removed"),
];

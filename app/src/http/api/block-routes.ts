import { Type } from "@sinclair/typebox";
import { addBlock, listBlocks, removeBlock } from "../../chat/block-list.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";
import { examples, next, pageBounds, paging, time, userId } from "./api-schemas.ts";

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
      schema: Type.Object({ blocks: Type.Array(Type.Object({ userId, createdAt: time })), next }),
      example: { blocks: [{ userId: "mallory", createdAt: examples.time }], next: null },
    },
  },
  refusals: [],
  run: ({ hub, identity, query }) => listBlocks(hub, identity, pageBounds(query)),
});

interface Decision {
  readonly method: "PUT" | "DELETE";
  readonly isBlocked: boolean;
  readonly decide: typeof addBlock;
}

const adding: Decision = { method: "PUT", isBlocked: true, decide: addBlock };
const removing: Decision = { method: "DELETE", isBlocked: false, decide: removeBlock };

const answersOf = ({ isBlocked }: Decision) => ({
  200: {
    description: "It is so now.",
    schema: Type.Object({ userId, otherId: userId, isBlocked: Type.Boolean() }),
    example: { userId: "alice", otherId: "mallory", isBlocked },
  },
});

function own(decision: Decision): ApiRoute {
  const { method, isBlocked, decide } = decision;
  return apiRoute({
    method,
    path: "/blocks/:userId",
    name: isBlocked ? "block" : "unblock",
    tag: "Blocks",
    summary: isBlocked ? "Block a user" : "End a block",
    description: isBlocked
      ? "From now on neither sees what the other writes, or whether they are there. At most 1,000 users."
      : "Unless the other blocks as well, both see each other again.",
    countsAs: "read",
    params: { userId },
    query: {},
    answers: answersOf(decision),
    refusals: ["forbidden"],
    run: ({ hub, identity, params }) => decide(hub, identity, identity.user.id, params.userId),
  });
}

function forOthers(decision: Decision): ApiRoute {
  const { method, isBlocked, decide } = decision;
  return apiRoute({
    method,
    path: "/users/:userId/blocks/:other",
    name: isBlocked ? "blockForUser" : "unblockForUser",
    tag: "Blocks",
    summary: isBlocked ? "Block a user for another" : "End a user's block of another",
    description: "As if `userId` had done it.",
    scope: "admin",
    countsAs: "read",
    params: { userId, other: userId },
    query: {},
    answers: answersOf(decision),
    refusals: ["forbidden"],
    run: ({ hub, identity, params }) => decide(hub, identity, params.userId, params.other),
  });
}

export const blockRoutes = [list, own(adding), own(removing), forOthers(adding), forOthers(removing)];

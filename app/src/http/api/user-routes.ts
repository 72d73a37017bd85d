import { Type } from "@sinclair/typebox";
import { disconnectUser } from "../../chat/disconnect-user.ts";
import { readUserStatus } from "../../chat/user-status.ts";
import { apiRoute } from "./api-route.ts";
import { examples, time, userId } from "./api-schemas.ts";

const status = Type.Object({
  userId,
  online: Type.Boolean(),
  connections: Type.Integer({ minimum: 0, description: "Sessions with a live socket." }),
  lastSeen: Type.Union([time, Type.Null()], {
    description: "When the user was last connected; null: never, or more than a year ago.",
  }),
});

const read = apiRoute({
  method: "GET",
  path: "/users/:userId",
  name: "readUser",
  tag: "Users",
  summary: "Tell whether a user is connected",
  description: "Of a user who never was here, too.",
  scope: "publish",
  countsAs: "read",
  params: { userId },
  query: {},
  answers: {
    200: {
      description: "What is known.",
      schema: status,
      example: { userId: "alice", online: true, connections: 2, lastSeen: examples.time },
    },
  },
  refusals: ["forbidden"],
  run: ({ hub, identity, params }) => readUserStatus(hub, identity, params.userId),
});

const disconnect = apiRoute({
  method: "PUT",
  path: "/users/:userId/disconnect",
  name: "disconnectUser",
  tag: "Users",
  summary: "Close all of a user's connections",
  description:
    "With goodbye `disconnected` and code 4502, on every instance. It keeps nobody out who still has a token.",
  scope: "admin",
  countsAs: "read",
  params: { userId },
  query: {},
  answers: {
    200: {
      description: "They are closing.",
      schema: Type.Object({ userId }),
      example: { userId: "alice" },
    },
  },
  refusals: ["forbidden"],
  run: ({ hub, identity, params }) => disconnectUser(hub, identity, params.userId),
});

export const userRoutes = [read, disconnect];

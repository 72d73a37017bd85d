import { apiRoute } from "./api-route.ts";
import { done, userId } from "./api-schemas.ts";

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
  answers: { 200: done },
  refusals: ["forbidden"],
  async run({ hub, identity, params }) {
    const refusal = await hub.control.change({ kind: "user_disconnected", ...params }, identity);
    return refusal ?? { ok: true, payload: {} };
  },
});

export const userRoutes = [disconnect];

import { Type } from "@sinclair/typebox";
import { sendNotification } from "../../chat/notifications.ts";
import { refuse } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { apiRoute } from "./api-route.ts";
import { commandId, examples, messageId, userId } from "./api-schemas.ts";

const userIds = Type.Array(userId, {
  minItems: 1,
  maxItems: limits.notificationUsers,
  description: "For whom it is; repeated ones count once.",
});

const broadcast = Type.Literal(true, { description: "For everybody, instead of `userIds`." });

const users = Type.Array(Type.Object({ userId, connections: Type.Integer({ minimum: 0 }) }), {
  description:
    "With how many sockets they have now: who has none gets it on the next join. Empty for a broadcast.",
});

const send = apiRoute({
  method: "POST",
  path: "/notifications",
  name: "sendNotification",
  tag: "Notifications",
  summary: "Notify users, or everybody",
  description:
    "Adds to `notifications:me` of each user, or to `notifications:all`. Exactly one of `userIds` and `broadcast` is given. Any JSON of up to 8 KiB is a payload.",
  scope: "publish",
  countsAs: "message",
  params: {},
  query: {},
  body: {
    userIds: Type.Optional(userIds),
    broadcast: Type.Optional(broadcast),
    payload: Type.Unknown(),
    id: commandId,
  },
  bodyRules: { oneOf: [{ required: ["userIds"] }, { required: ["broadcast"] }] },
  bodyExample: {
    userIds: ["alice", "bob"],
    payload: { title: "Your order has been sent" },
    id: examples.commandId,
  },
  answers: {
    200: {
      description: "Stored for all of them.",
      schema: Type.Object({ id: messageId, users }),
      example: {
        id: examples.messageId,
        users: [
          { userId: "alice", connections: 1 },
          { userId: "bob", connections: 0 },
        ],
      },
    },
  },
  refusals: ["forbidden", "id_conflict"],
  async run({ hub, identity, body }) {
    const { payload, id = null } = body;
    if ((body.userIds === undefined) === (body.broadcast === undefined))
      return refuse("bad_message", "Exactly one of userIds and broadcast is expected.");
    const recipients = body.userIds === undefined ? { broadcast: true as const } : { userIds: body.userIds };
    const sent = await sendNotification(hub, identity, { ...recipients, payload, id });
    return sent.ok ? { ok: true, payload: { id: sent.id, users: sent.users } } : sent;
  },
});

export const notificationRoutes = [send];

import { Type } from "@sinclair/typebox";
import { addMember, listMembers, removeMember } from "../../chat/membership.ts";
import { apiRoute } from "./api-route.ts";
import { examples, group, next, pageBounds, paging, time, userId } from "./api-schemas.ts";

const list = apiRoute({
  method: "GET",
  path: "/rooms/:room/members",
  name: "listMembers",
  tag: "Members",
  summary: "List a group's members",
  description:
    "Those who were added, ordered by user id, for who may join the group; not whom only a token lets in.",
  countsAs: "read",
  params: { room: group },
  query: paging,
  answers: {
    200: {
      description: "A page.",
      schema: Type.Object({
        room: group,
        members: Type.Array(Type.Object({ userId, addedAt: time })),
        next,
      }),
      example: {
        room: examples.group,
        members: [{ userId: "alice", addedAt: examples.time }],
        next: null,
      },
    },
  },
  refusals: ["forbidden"],
  run: ({ hub, identity, params, query }) => listMembers(hub, identity, params.room, pageBounds(query)),
});

const decided = {
  description: "It is so now.",
  schema: Type.Object({ room: group, userId, isMember: Type.Boolean() }),
};

const add = apiRoute({
  method: "PUT",
  path: "/rooms/:room/members/:userId",
  name: "addMember",
  tag: "Members",
  summary: "Add a member to a group",
  description: "From now on the user may join the group, whatever their token says.",
  scope: "admin",
  countsAs: "read",
  params: { room: group, userId },
  query: {},
  answers: { 200: { ...decided, example: { room: examples.group, userId: "alice", isMember: true } } },
  refusals: ["forbidden"],
  run: ({ hub, identity, params }) => addMember(hub, identity, params.room, params.userId),
});

const remove = apiRoute({
  method: "DELETE",
  path: "/rooms/:room/members/:userId",
  name: "removeMember",
  tag: "Members",
  summary: "Remove a member from a group",
  description:
    "Ends what the user reads of the group, on every instance within a second, and beats every token issued until now.",
  scope: "admin",
  countsAs: "read",
  params: { room: group, userId },
  query: {},
  answers: { 200: { ...decided, example: { room: examples.group, userId: "alice", isMember: false } } },
  refusals: ["forbidden"],
  run: ({ hub, identity, params }) => removeMember(hub, identity, params.room, params.userId),
});

export const memberRoutes = [list, add, remove];

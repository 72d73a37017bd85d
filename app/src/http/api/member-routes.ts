import { Type } from "@sinclair/typebox";
import { limits } from "../../protocol/limits.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";
import { done, examples, group, next, paging, time, userId } from "./api-schemas.ts";

const members = Type.Object({
  members: Type.Array(Type.Object({ userId, addedAt: time })),
  next,
});

const membersExample = { members: [{ userId: "alice", addedAt: examples.time }], next: null };

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
  answers: { 200: { description: "A page.", schema: members, example: membersExample } },
  refusals: ["forbidden"],
  async run({ hub, identity, params, query }) {
    const refusal = await hub.access.refuseRead(identity, params.room);
    if (refusal !== null) return refusal;
    const bounds = { after: query.after ?? null, limit: query.limit ?? limits.listPageDefault };
    const page = await hub.context.engine.members(params.room, bounds);
    return { ok: true, payload: { members: page.items, next: page.next } };
  },
});

function decide(method: "PUT" | "DELETE", kind: "member_added" | "member_removed"): ApiRoute {
  const isAdded = kind === "member_added";
  return apiRoute({
    method,
    path: "/rooms/:room/members/:userId",
    name: isAdded ? "addMember" : "removeMember",
    tag: "Members",
    summary: isAdded ? "Add a member to a group" : "Remove a member from a group",
    description: isAdded
      ? "From now on the user may join the group, whatever their token says."
      : "Ends what the user reads of the group, on every instance within a second, and beats every token issued until now.",
    scope: "admin",
    countsAs: "read",
    params: { room: group, userId },
    query: {},
    answers: { 200: done },
    refusals: ["forbidden"],
    async run({ hub, identity, params }) {
      const refusal = await hub.control.change({ kind, ...params }, identity);
      return refusal ?? { ok: true, payload: {} };
    },
  });
}

export const memberRoutes = [list, decide("PUT", "member_added"), decide("DELETE", "member_removed")];

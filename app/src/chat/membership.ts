import { type Refusal, refuse } from "../protocol/errors.ts";
import { isUserId } from "../protocol/names.ts";
import { isGroup } from "./admissions.ts";
import type { Answer } from "./answer.ts";
import type { PageBounds } from "./engine-people.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";

/** May join from now on, also without a token that says so. */
export function addMember(hub: Hub, identity: Identity, room: string, userId: string): Promise<Answer> {
  return decide(hub, identity, { kind: "member_added", room, userId });
}

/** Leaves at once, and tokens issued until now open the group no more. */
export function removeMember(hub: Hub, identity: Identity, room: string, userId: string): Promise<Answer> {
  return decide(hub, identity, { kind: "member_removed", room, userId });
}

interface Decision {
  readonly kind: "member_added" | "member_removed";
  readonly room: string;
  readonly userId: string;
}

async function decide(hub: Hub, identity: Identity, decision: Decision): Promise<Answer> {
  const { kind, room, userId } = decision;
  const refusal = refuseDecision(identity, decision) ?? (await hub.control.change(decision, identity));
  return refusal ?? { ok: true, payload: { room, userId, isMember: kind === "member_added" } };
}

function refuseDecision({ isAdmin }: Identity, { room, userId }: Decision): Refusal | null {
  if (!isAdmin) return refuse("forbidden");
  if (!isGroup(room)) return refuseNoGroup(room);
  return isUserId(userId) ? null : refuse("bad_message", "This is no user id.");
}

const refuseNoGroup = (room: string): Refusal =>
  refuse("bad_message", `${room} is no group: it has no members.`);

/** Those who were added, for whoever may read the group. Rejects with EngineUnavailable. */
export async function listMembers(
  hub: Hub,
  identity: Identity,
  room: string,
  bounds: PageBounds,
): Promise<Answer> {
  if (!isGroup(room)) return refuseNoGroup(room);
  const refusal = await hub.access.refuseRead(identity, room);
  if (refusal !== null) return refusal;
  const { items, next } = await hub.context.engine.members(room, bounds);
  return { ok: true, payload: { room, members: items, next } };
}

import { type Refusal, refuse } from "../protocol/errors.ts";
import { isUserId } from "../protocol/names.ts";
import type { Answer } from "./answer.ts";
import type { PageBounds } from "./engine-people.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";

/** Neither of the two sees the other from now on. */
export function addBlock(hub: Hub, identity: Identity, userId: string, otherId: string): Promise<Answer> {
  return change(hub, identity, { kind: "block_added", userId, otherId });
}

/** They see each other again, unless the other blocks as well. */
export function removeBlock(hub: Hub, identity: Identity, userId: string, otherId: string): Promise<Answer> {
  return change(hub, identity, { kind: "block_removed", userId, otherId });
}

interface BlockChange {
  readonly kind: "block_added" | "block_removed";
  readonly userId: string;
  readonly otherId: string;
}

async function change(hub: Hub, identity: Identity, blockChange: BlockChange): Promise<Answer> {
  const { kind, userId, otherId } = blockChange;
  const refusal = refuseChange(identity, blockChange) ?? (await hub.control.change(blockChange, identity));
  if (refusal?.code === "too_large") return refuse("too_large", "A user blocks at most 1,000 others.");
  if (refusal !== null) return refusal;
  await hub.blocks.settled(userId, otherId);
  return { ok: true, payload: { userId, otherId, isBlocked: kind === "block_added" } };
}

function refuseChange({ user, isAdmin }: Identity, { userId, otherId }: BlockChange): Refusal | null {
  if (user.id !== userId && !isAdmin) return refuse("forbidden", "Only an admin sets blocks for others.");
  if (!isUserId(userId) || !isUserId(otherId)) return refuse("bad_message", "This is no user id.");
  return userId === otherId ? refuse("forbidden", "Nobody blocks themselves.") : null;
}

/** Whom one blocked oneself. Rejects with EngineUnavailable. */
export async function listBlocks(hub: Hub, { user }: Identity, bounds: PageBounds): Promise<Answer> {
  const { items, next } = await hub.context.engine.blocksBy(user.id, bounds);
  return { ok: true, payload: { blocks: items, next } };
}

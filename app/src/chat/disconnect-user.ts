import { refuse } from "../protocol/errors.ts";
import { isUserId } from "../protocol/names.ts";
import type { Answer } from "./answer.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";

/** Closes every socket of a user, on every instance. Who still has a valid token may come back. */
export async function disconnectUser(hub: Hub, identity: Identity, userId: string): Promise<Answer> {
  if (!identity.isAdmin) return refuse("forbidden");
  if (!isUserId(userId)) return refuse("bad_message", "This is no user id.");
  const refusal = await hub.control.change({ kind: "user_disconnected", userId }, identity);
  return refusal ?? { ok: true, payload: { userId } };
}

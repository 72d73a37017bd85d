import { refuse } from "../protocol/errors.ts";
import type { Answer } from "./answer.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";
import { countUserSessions } from "./user-sessions.ts";

/**
 * Whether a user is connected, in how many sessions, and when that was so last (ms since 1970, null: never, or too
 * long ago): for the operator's backends. Rejects with EngineUnavailable.
 */
export async function readUserStatus(
  hub: Hub,
  { isAdmin, mayPublish }: Identity,
  userId: string,
): Promise<Answer> {
  if (!isAdmin && !mayPublish) return refuse("forbidden", "This asks for a token whose scope holds publish.");
  const noted = hub.lastSeen.of(userId) ?? (await readLastSeen(hub, userId));
  const [connections = 0] = await countUserSessions(hub, [userId]);
  const lastSeen = connections > 0 ? hub.context.clock.now() : (hub.lastSeen.of(userId) ?? noted);
  return { ok: true, payload: { userId, online: connections > 0, connections, lastSeen } };
}

/** Who is connected need not be looked up. */
async function readLastSeen({ context, people }: Hub, userId: string): Promise<number | null> {
  return people.connectionsOf(userId).length > 0 ? null : await context.engine.lastSeen(userId);
}

import type { Hub } from "./hub.ts";

/**
 * In how many sessions each of these users is connected, on whatever instance; of those here every one counts as soon
 * as it is there. Rejects with EngineUnavailable.
 */
export async function countUserSessions(hub: Hub, userIds: readonly string[]): Promise<readonly number[]> {
  const everywhere = await hub.context.engine.others.countSessions(userIds);
  const here = countSessionsHere(hub, userIds);
  return here.map((count, index) => Math.max(count, everywhere?.[index] ?? 0));
}

export function countSessionsHere({ people }: Hub, userIds: readonly string[]): readonly number[] {
  return userIds.map((userId) => people.sessionCountOf(userId));
}

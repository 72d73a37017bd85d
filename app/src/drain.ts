import type { Hub } from "./chat/hub.ts";

/** What clients are told, and how long they are still served: nobody could take them over, so a longer pace only prolongs the outage. */
const closesInMs = 1000;

/** How long closed sockets may take to go. */
const settleMs = 500;
const pollMs = 20;

/**
 * Ends all connections of a server without a successor: no handshake is accepted from now on, everybody is told
 * goodbye at once and closed with 1012 a second later. Resolves at the latest after 1.5 s.
 */
export async function drain(hub: Hub): Promise<void> {
  hub.drain.sendAllAway(closesInMs);
  await until(() => hub.connectionCount === 0, closesInMs);
  hub.closeAll();
  await until(() => hub.connectionCount === 0, settleMs);
}

/** Resolves when the condition holds, or when the time is over. */
async function until(condition: () => boolean, ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  while (!condition() && performance.now() < deadline) await Bun.sleep(pollMs);
}

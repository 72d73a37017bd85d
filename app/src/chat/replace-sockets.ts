import { limits } from "../protocol/limits.ts";
import type { Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { closeLater } from "./goodbye.ts";

/** How long the older of two sockets stays when the newer one did not come by handover. */
const replacedMs = 5000;

/**
 * Makes room for a session's newer socket, wherever that is: of its sockets here, oldest first, those beyond the
 * two newest of all are closed at once, and the other is replaced unless it has been told to move, as in a handover.
 * `newerCount`: how many sockets of the session are newer than all that are here, at least 1.
 */
export function replaceSockets(clock: Clock, sockets: readonly Connection[], newerCount: number): void {
  const keptCount = limits.socketsPerSession - newerCount;
  for (const [index, connection] of sockets.entries()) {
    if (index < sockets.length - keptCount) closeNow(connection);
    else closeLater(connection, clock, "replaced", replacedMs);
  }
}

function closeNow(connection: Connection): void {
  if (connection.goodbye === null) connection.close("replaced");
  else connection.finish("replaced");
}

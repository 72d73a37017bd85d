import type { CloseReason } from "../protocol/close-codes.ts";
import type { Cancel, Clock } from "./clock.ts";
import type { Connection } from "./connection.ts";

/** What a client has been told, once it is to leave. */
export interface Goodbye {
  readonly reason: "draining" | CloseReason;
  /** Calls off the close that is due later. */
  readonly cancel: Cancel;
}

/** One for all whom a drain sends away: their closes are the drain's. */
const sentAway: Goodbye = { reason: "draining", cancel() {} };

/** Says goodbye now and closes later, if the client has not left by then. Who has been told to leave is left alone. */
export function closeLater(
  connection: Connection,
  clock: Clock,
  reason: CloseReason,
  closesInMs: number,
): void {
  if (!connection.isOpen || connection.goodbye !== null) return;
  connection.sayGoodbye(reason, reason, closesInMs);
  connection.goodbye = { reason, cancel: clock.after(closesInMs, () => connection.finish(reason)) };
}

/** Asks the client to move to another instance; false if it is leaving anyway. */
export function sendAway(connection: Connection, closesInMs: number): boolean {
  if (!connection.isOpen || connection.goodbye !== null) return false;
  connection.sayGoodbye("draining", "restart", closesInMs);
  connection.goodbye = sentAway;
  return true;
}

/** Withdraws what `sendAway` said; false if there is nothing to withdraw. */
export function keep(connection: Connection): boolean {
  if (!connection.isOpen || connection.goodbye !== sentAway) return false;
  connection.goodbye = null;
  connection.sendEvent("stay", {});
  return true;
}

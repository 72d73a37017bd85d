import type { LeaveReason } from "./admissions.ts";
import type { Connection } from "./connection.ts";
import type { Hub } from "./hub.ts";

/** Ends a subscription to which its connection has no right any more. No event of the room follows `room_left`. */
export function expel(hub: Hub, connection: Connection, room: string, reason: LeaveReason): void {
  const feed = connection.feedOf(room);
  if (feed === undefined) return;
  feed.remove(connection);
  connection.sendEvent("room_left", { room, reason });
  connection.queue.releaseWrites(room);
  hub.feeds.closeIfUnused(feed);
}

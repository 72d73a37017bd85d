import type { ControlChange } from "./engine-people.ts";
import { expel } from "./expel.ts";
import type { Hub } from "./hub.ts";
import { outlivesRemoval } from "./room-access.ts";

/** What an entry of the control log means for those who are connected here. Kinds that are not known mean nothing. */
export function applyControlChange(hub: Hub, change: ControlChange, at: number): void {
  switch (change.kind) {
    case "member_removed":
      return applyRemoval(hub, change.room, change.userId, at);
    case "block_added":
      return hub.blocks.added(change.userId, change.otherId);
    case "block_removed":
      return hub.blocks.removed(change.userId, change.otherId);
    case "user_disconnected":
      return applyDisconnect(hub, change.userId);
    case "session_moved":
      return hub.claims.moved(change);
    case "member_added":
      return;
    default:
      change satisfies never;
  }
}

function applyRemoval(hub: Hub, room: string, userId: string, at: number): void {
  for (const connection of [...hub.people.connectionsOf(userId)])
    if (!outlivesRemoval(connection.identity, room, at)) expel(hub, connection, room, "removed");
  for (const admission of hub.admissions.of(userId))
    if (!outlivesRemoval(admission.identity, room, at)) admission.revoke(room, "removed");
}

function applyDisconnect(hub: Hub, userId: string): void {
  for (const connection of [...hub.people.connectionsOf(userId)]) {
    connection.sayGoodbye("disconnected", "forbidden", 0);
    connection.finish("forbidden");
  }
}

/** A room as a client names it, and the log behind it. */
export interface RoomLog {
  readonly room: string;
  readonly log: string;
}

const ownNotifications = "notifications:me";
export const allNotifications = "notifications:all";

/** Not a room name, so nobody can join the log of somebody else's notifications by its name. */
export const notificationsLogOf = (userId: string): string => `notifications/${userId}`;

export function roomLog(room: string, userId: string): RoomLog {
  return { room, log: room === ownNotifications ? notificationsLogOf(userId) : room };
}

import type { Hub } from "./hub.ts";
import type { ListedUser } from "./presence.ts";
import { PresenceElsewhere } from "./presence-elsewhere.ts";
import { PresencePlaces } from "./presence-places.ts";

/** Who is in one room, on all instances. */
export interface PresenceView {
  readonly total: number;
  has(userId: string): boolean;
  /** Each once, those who are leaving last. */
  users(): Iterable<ListedUser>;
}

/** Of a room that nobody here has joined the others are asked. Rejects with EngineUnavailable. */
export async function viewPresence(hub: Hub, room: string): Promise<PresenceView> {
  const { presence } = hub;
  const asked = presence.isFollowed(room) ? null : await askOthers(hub, room);
  if (asked !== null && !presence.isFollowed(room)) return asked;
  return {
    total: presence.total(room),
    has: (userId) => presence.has(room, userId),
    users: () => presence.users(room),
  };
}

async function askOthers({ context, presence }: Hub, room: string): Promise<PresenceView> {
  const read = await context.engine.others.presenceElsewhere(room);
  const elsewhere = new PresenceElsewhere(new PresencePlaces(context.log, read.length));
  const left = elsewhere.finish(read);
  const listed = new Map<string, ListedUser>();
  for (const user of elsewhere.users())
    listed.set(user.id, { user, connections: elsewhere.sessionsOf(user.id) });
  for (const { user } of presence.users(room)) addLeaving(listed, user);
  for (const user of left) addLeaving(listed, user);
  return { total: listed.size, has: (userId) => listed.has(userId), users: () => listed.values() };
}

function addLeaving(listed: Map<string, ListedUser>, user: ListedUser["user"]): void {
  if (!listed.has(user.id)) listed.set(user.id, { user, connections: 0 });
}

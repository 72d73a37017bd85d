import { isRoom } from "../protocol/names.ts";
import { isGroup } from "./admissions.ts";
import type { Answer } from "./answer.ts";
import type { Connection } from "./connection.ts";
import type { PageBounds } from "./engine-people.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";
import { opensGroup } from "./room-access.ts";

/** Of how many groups the decisions about one user are looked at. */
const groupsMax = 1000;

/** The rooms that a session has joined, and the groups that its user is a member of. Rejects with EngineUnavailable. */
export async function listRoomsOfSession(hub: Hub, { session, identity }: Connection): Promise<Answer> {
  const groups = await groupsOf(hub, identity);
  return { ok: true, payload: { rooms: [...new Set([...session.joinedRooms(), ...groups])] } };
}

/** The same of all the user's sockets here, ordered by name. Rejects with EngineUnavailable. */
export async function listRooms(hub: Hub, identity: Identity, { after, limit }: PageBounds): Promise<Answer> {
  const joined = hub.people.connectionsOf(identity.user.id).flatMap(({ session }) => session.joinedRooms());
  const groups = await groupsOf(hub, identity);
  const all = [...new Set([...joined, ...groups])].sort();
  const rest = after === null ? all : all.filter((room) => room > after);
  const rooms = rest.slice(0, limit);
  return { ok: true, payload: { rooms, next: rest.length > limit ? (rooms.at(-1) ?? null) : null } };
}

/** By having been added, or by name in the token unless a removal beats it; patterns name no groups. */
async function groupsOf(hub: Hub, identity: Identity): Promise<string[]> {
  const { engine } = hub.context;
  const { items, next } = await engine.groupsOf(identity.user.id, { after: null, limit: groupsMax });
  const decided = new Map(items.map(({ room, ...membership }) => [room, membership]));
  const added = items.flatMap(({ room, isMember }) => (isMember ? [room] : []));
  const claimed = identity.rooms.filter((room) => isGroup(room) && isRoom(room));
  const open = await Promise.all(
    claimed.map(async (room) => {
      const membership =
        decided.get(room) ?? (next === null ? null : await engine.membership(room, identity.user.id));
      return opensGroup(identity, room, membership) ? [room] : [];
    }),
  );
  return [...added, ...open.flat()];
}

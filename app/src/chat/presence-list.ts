import { refuse } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { Answer } from "./answer.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";
import { hasPresence } from "./presence.ts";
import { type PresenceView, viewPresence } from "./presence-view.ts";

const usersMax = 100;

/** Room for the fields around the users. */
const envelopeBytes = 256;

/**
 * Who is in a room, for who may join it: the first 100 users (fewer where the answer would be too large) and how
 * many there are. Who is on the other side of a block is neither listed nor counted. Rejects with EngineUnavailable.
 */
export async function readPresence(
  hub: Hub,
  identity: Identity,
  room: string,
  bytesMax: number = limits.answerBytes,
): Promise<Answer> {
  if (!hasPresence(room)) return refuse("forbidden", `Nobody is told who reads ${room}.`);
  const refusal = await hub.access.refuseRead(identity, room);
  if (refusal !== null) return refusal;
  const hidden = await hub.blocks.load(identity.user.id);
  const view = await viewPresence(hub, room);
  const users = listUsers(view, hidden, bytesMax - envelopeBytes);
  const total = view.total - countPresent(view, hidden);
  return { ok: true, json: `{"room":"${room}","users":[${users.join(",")}],"total":${total}}` };
}

function listUsers(view: PresenceView, hidden: ReadonlySet<string>, bytesMax: number): readonly string[] {
  const users: string[] = [];
  let bytes = 0;
  for (const { user, connections } of view.users()) {
    if (hidden.has(user.id)) continue;
    const { id: userId, name: userName, image: userImage } = user;
    const text = JSON.stringify({ userId, userName, userImage, connections });
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > bytesMax) break;
    users.push(text);
    if (users.length === usersMax) break;
  }
  return users;
}

function countPresent(view: PresenceView, userIds: Iterable<string>): number {
  let count = 0;
  for (const userId of userIds) if (view.has(userId)) count += 1;
  return count;
}

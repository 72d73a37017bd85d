import { refuse } from "../protocol/errors.ts";
import type { Admission } from "./admissions.ts";
import type { Answer } from "./answer.ts";
import type { Connection } from "./connection.ts";
import { expel } from "./expel.ts";
import type { Hub } from "./hub.ts";
import type { TokenVerdict } from "./identity.ts";

/** Puts a newer token of the same user in force on this socket. Whatever is refused leaves the old one there. */
export async function refreshToken(hub: Hub, connection: Connection, token: string): Promise<Answer> {
  const verdict = await verify(hub, connection, token);
  if (!verdict.ok) return refuse(verdict.code, verdict.message);
  const { identity } = verdict;
  const admission = hub.admissions.begin(connection, identity, roomsOf(connection));
  try {
    await checkRooms(hub, admission);
    connection.identity = identity;
    leaveLost(hub, admission);
  } finally {
    hub.admissions.end(admission);
  }
  return { ok: true, payload: { expiresAt: identity.expiresAt } };
}

type Verdict = TokenVerdict | { readonly ok: false; readonly code: "forbidden"; readonly message: string };

async function verify({ context }: Hub, connection: Connection, token: string): Promise<Verdict> {
  const { tokens, clock } = context;
  if (tokens === null) return { ok: false, code: "unauthorized", message: "This server checks no tokens." };
  const verdict = await tokens.verify(token);
  if (!verdict.ok) return verdict;
  const { user, expiresAt } = verdict.identity;
  if (user.id !== connection.identity.user.id)
    return { ok: false, code: "forbidden", message: "The token is another user's." };
  const isOver = expiresAt !== null && expiresAt <= clock.now();
  return isOver ? { ok: false, code: "unauthorized", message: "The token has expired." } : verdict;
}

/** Those that the batch under way has yet to enter included. */
const roomsOf = (connection: Connection): string[] => [
  ...new Set([...connection.joining, ...Array.from(connection.rooms, ({ room }) => room)]),
];

/** Notes which of the rooms the new token does not open. */
async function checkRooms(hub: Hub, admission: Admission): Promise<void> {
  await Promise.all(
    Array.from(admission.rooms, async (room) => {
      const refusal = await hub.access.refuseRead(admission.identity, room);
      if (refusal !== null) admission.revoke(room, "forbidden");
    }),
  );
}

/** Rooms that joins under way were already let into are lost to these as well. */
function leaveLost(hub: Hub, { connection, identity, losses }: Admission): void {
  for (const [room, reason] of losses) {
    expel(hub, connection, room, reason);
    for (const admission of hub.admissions.of(identity.user.id))
      if (admission.connection === connection) admission.revoke(room, reason);
  }
}

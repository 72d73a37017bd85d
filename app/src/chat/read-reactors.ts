import { type Refusal, refuse } from "../protocol/errors.ts";
import type { Page, PageBounds, Reactor } from "./engine-people.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";
import { roomLog } from "./room-log.ts";

/** `emoji`: null is any. */
type ReactorQuery = PageBounds & { readonly emoji: string | null };

/** Who reacted to a message, without those on the other side of a block. Rejects with EngineUnavailable. */
export async function readReactors(
  { access, blocks, context }: Hub,
  identity: Identity,
  room: string,
  messageId: string,
  query: ReactorQuery,
): Promise<Refusal | { readonly ok: true; readonly page: Page<Reactor> }> {
  const refusal = await access.refuseRead(identity, room);
  if (refusal !== null) return refusal;
  const { log } = roomLog(room, identity.user.id);
  const hidden = [...(await blocks.load(identity.user.id))];
  const page = await context.engine.reactors(log, messageId, { ...query, hidden });
  return page === null ? refuse("not_found") : { ok: true, page };
}

import type { PublishResult } from "../../chat/engine.ts";
import type { Hub } from "../../chat/hub.ts";
import type { Identity, User } from "../../chat/identity.ts";
import { describeWrite, isWrite } from "../../chat/write-commands.ts";
import { checkCommand } from "../../protocol/codec.ts";
import { type Refusal, refuse } from "../../protocol/errors.ts";

/** A write as a socket would send it, not checked yet. */
interface Write {
  readonly type: "send_message" | "message_edit" | "message_delete" | "reaction";
  readonly id: string | undefined;
  readonly payload: { readonly room: string } & Readonly<Record<string, unknown>>;
}

type Stored = Refusal | Extract<PublishResult, { ok: true }>;

/** The same command as on a socket, with the same checks; only that nobody has to have joined the room. */
export async function storeWrite(
  hub: Hub,
  identity: Identity,
  write: Write,
  author: User = identity.user,
): Promise<Stored> {
  const decoded = checkCommand(write);
  if (!decoded.ok) return refuse(decoded.code, decoded.message.replace(/^payload\./, ""));
  if (!isWrite(decoded.command)) throw new Error(`${write.type} is no write`);
  const { room } = write.payload;
  const refusal = await hub.access.refuseWrite(identity, room);
  if (refusal !== null) return refusal;
  const { context } = hub;
  const stored = await context.engine.publish(describeWrite(context, identity, decoded.command, 0, author));
  if (!stored.ok) return refuse(stored.code);
  if (stored.duplicate) context.metrics.dedupeHit();
  else hub.feeds.get(room)?.follower.expect(stored);
  return stored;
}

/** What every change but a new message is answered with. */
export function describeChanged(room: string, stored: Stored) {
  if (!stored.ok) return stored;
  const { epoch, seq, messageId, duplicate } = stored;
  return { ok: true as const, payload: { room, epoch, seq, messageId, duplicate } };
}

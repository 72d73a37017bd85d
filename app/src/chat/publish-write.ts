import { type Refusal, refuse } from "../protocol/errors.ts";
import { encodeWriteAnswer } from "./event-frames.ts";
import type { Hub } from "./hub.ts";
import type { Identity, User } from "./identity.ts";
import { describeWrite, noteStored, type WriteCommand } from "./write-commands.ts";

/** `json`: the answer's payload as on a socket. */
type PublishedWrite = Refusal | { readonly ok: true; readonly json: string; readonly duplicate: boolean };

/**
 * A write that no socket carries, so nobody has to have joined its room. `author`: who is shown instead of the user,
 * which only who may publish can ask for. Rejects with EngineUnavailable where the right to write cannot be read.
 */
export async function publishWrite(
  hub: Hub,
  identity: Identity,
  command: WriteCommand,
  author?: User,
): Promise<PublishedWrite> {
  if (author !== undefined && !identity.mayPublish)
    return refuse("forbidden", "Another author takes a token with the scope publish.");
  const { room } = command.payload;
  const refusal = await hub.access.refuseWrite(identity, room);
  if (refusal !== null) return refusal;
  const publish = describeWrite(hub.context, identity, command, 0, author);
  const result = await hub.context.engine.publish(publish);
  if (!result.ok) return refuse(result.code);
  noteStored(hub, room, result);
  const json = encodeWriteAnswer(room, publish.kind, result, result.duplicate);
  return { ok: true, json, duplicate: result.duplicate };
}

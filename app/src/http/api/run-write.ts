import type { User } from "../../chat/identity.ts";
import { publishWrite } from "../../chat/publish-write.ts";
import { isWrite } from "../../chat/write-commands.ts";
import { checkCommand } from "../../protocol/codec.ts";
import { refuse } from "../../protocol/errors.ts";
import type { ApiAnswer, Caller } from "./api-route.ts";

/** A write as a socket would send it, not checked yet. */
interface Write {
  readonly type: "send_message" | "message_edit" | "message_delete" | "reaction";
  readonly id: string | undefined;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The same command as on a socket, with the same checks. What makes a message is 201, the first time. */
export async function runWrite({ hub, identity }: Caller, write: Write, author?: User): Promise<ApiAnswer> {
  const decoded = checkCommand(write);
  if (!decoded.ok) return refuse(decoded.code, decoded.message.replace(/^payload\./, ""));
  if (!isWrite(decoded.command)) throw new Error(`${write.type} is no write`);
  const written = await publishWrite(hub, identity, decoded.command, author);
  if (!written.ok) return written;
  const isNew = write.type === "send_message" && !written.duplicate;
  return { ok: true, status: isNew ? 201 : 200, json: written.json };
}

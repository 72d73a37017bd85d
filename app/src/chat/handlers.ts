import type { Payload } from "../protocol/commands.ts";
import { refuse } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { Answer } from "./answer.ts";
import { Batch } from "./batch.ts";
import type { Connection } from "./connection.ts";
import { readHistory } from "./history.ts";
import type { Hub } from "./hub.ts";
import { join } from "./join.ts";
import { listRoomsOfSession } from "./list-rooms.ts";
import { readPresence } from "./presence-list.ts";
import { refreshToken } from "./refresh-token.ts";
import { setTyping } from "./typing.ts";
import type { PlainCommand } from "./write-commands.ts";

/** `bytesMax`: what its answer may take. Throws only where we failed. */
export function runCommand(
  hub: Hub,
  connection: Connection,
  command: PlainCommand,
  bytesMax: number,
): Answer | Promise<Answer> {
  switch (command.type) {
    case "message":
      return echo(hub, connection, command.payload);
    case "ping":
      return plain({ timestamp: hub.context.clock.now() });
    case "join":
      return join(hub, connection, command.payload.rooms, bytesMax);
    case "leave":
      return leave(hub, connection, command.payload);
    case "history":
      return readHistory(hub, connection, command.payload, bytesMax);
    case "presence":
      return readPresence(hub, connection.identity, command.payload.room, bytesMax);
    case "typing":
      return setTyping(hub, connection, command.payload);
    case "rooms":
      return listRoomsOfSession(hub, connection);
    case "refresh_token":
      return refreshToken(hub, connection, command.payload.token);
    case "batch":
      return new Batch(hub, connection, runCommand).run(command.payload.commands);
    default:
      return command satisfies never;
  }
}

const plain = (payload: unknown): Answer => ({ ok: true, payload });

function echo(hub: Hub, connection: Connection, { content }: Payload<"message">): Answer {
  const bytesMax = hub.context.limits.payloadBytesMax + limits.echoExcessBytes;
  if (mayExceed(content, bytesMax) && Buffer.byteLength(JSON.stringify(content)) + echoFieldsBytes > bytesMax)
    return refuse("too_large");
  connection.session.messageCount += 1;
  return plain({ content, count: connection.session.messageCount });
}

/** What an echo's payload holds beside the content. */
const echoFieldsBytes = 64;

/** A UTF-16 unit of a string takes at most six bytes of JSON; of anything else the size is not known beforehand. */
function mayExceed(content: unknown, bytesMax: number): boolean {
  return typeof content !== "string" || content.length * 6 + echoFieldsBytes > bytesMax;
}

function leave(hub: Hub, connection: Connection, { rooms }: Payload<"leave">): Answer {
  for (const room of rooms) {
    const feed = connection.feedOf(room);
    if (feed === undefined) continue;
    feed.remove(connection);
    hub.feeds.closeIfUnused(feed);
  }
  return plain({ rooms });
}

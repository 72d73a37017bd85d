import type { Command, Payload } from "../protocol/commands.ts";
import { refuse } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { Answer } from "./answer.ts";
import { Batch } from "./batch.ts";
import type { Connection } from "./connection.ts";
import { readHistory } from "./history.ts";
import type { Hub } from "./hub.ts";
import { join } from "./join.ts";

/** Runs any command but a write. `bytesMax`: what its answer may take. Throws only where we failed. */
export function runCommand(
  hub: Hub,
  connection: Connection,
  command: Command,
  bytesMax: number,
): Answer | Promise<Answer> {
  switch (command.type) {
    case "message":
      return echo(hub, connection, command.payload);
    case "ping":
      return json({ timestamp: hub.context.clock.now() });
    case "join":
      return join(hub, connection, command.payload.rooms, bytesMax);
    case "leave":
      return leave(hub, connection, command.payload);
    case "history":
      return readHistory(hub, connection, command.payload, bytesMax);
    case "rooms":
      return json({ rooms: connection.session.joinedRooms() });
    case "batch":
      return new Batch(hub, connection, runCommand).run(command.payload.commands);
    case "send_message":
    case "message_edit":
    case "message_delete":
    case "reaction":
    case "typing":
    case "presence":
    case "refresh_token":
      return refuse("unknown_type");
    default:
      return command satisfies never;
  }
}

const json = (payload: unknown): Answer => ({ ok: true, json: JSON.stringify(payload) });

function echo(hub: Hub, connection: Connection, { content }: Payload<"message">): Answer {
  const count = connection.session.messageCount + 1;
  const json = `{"content":${JSON.stringify(content)},"count":${count}}`;
  if (exceeds(json, hub.context.limits.payloadBytesMax + limits.echoExcessBytes)) return refuse("too_large");
  connection.session.messageCount = count;
  return { ok: true, json };
}

/** Counts the bytes only where it may matter: a UTF-16 unit becomes at most three. */
function exceeds(text: string, bytesMax: number): boolean {
  return text.length * 3 > bytesMax && Buffer.byteLength(text) > bytesMax;
}

function leave(hub: Hub, connection: Connection, { rooms }: Payload<"leave">): Answer {
  for (const room of rooms) {
    const feed = hub.feeds.get(room);
    if (feed === undefined) continue;
    feed.remove(connection);
    hub.feeds.closeIfUnused(feed);
  }
  return json({ rooms });
}

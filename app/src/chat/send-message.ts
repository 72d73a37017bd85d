import type { Command, CommandType } from "../protocol/commands.ts";
import { type Refusal, refuse } from "../protocol/errors.ts";
import type { Connection } from "./connection.ts";
import type { Publish } from "./engine.ts";
import type { Hub } from "./hub.ts";
import { PendingWrite } from "./pending-write.ts";

/** Commands that append to a room's log. */
export const writeTypes: ReadonlySet<string> = new Set<CommandType>(["send_message"]);

export type WriteCommand = Extract<Command, { type: "send_message" }>;

export const isWrite = (command: Command): command is WriteCommand => writeTypes.has(command.type);

/** What can be refused before the engine is asked. */
export function refuseWrite(connection: Connection, command: WriteCommand): Refusal | null {
  return connection.isJoined(command.payload.room) ? null : refuse("not_joined");
}

/** Hands a write to the engine. Its answer comes through the connection's writes in flight. */
export function submitWrite(
  hub: Hub,
  connection: Connection,
  command: WriteCommand,
  cost: { readonly bytes: number; readonly receivedAt: number },
): void {
  const publish = describePublish(hub, connection, command);
  const write = new PendingWrite(publish, cost.bytes, cost.receivedAt);
  connection.session.messageCount += 1;
  connection.queue.writes.add(write);
  write.stored = hub.context.engine.publish(publish).then((result) => {
    connection.queue.writes.settle(write, result, connection.isJoined(publish.room));
    if (!result.ok) return;
    if (result.duplicate) hub.context.metrics.dedupeHit();
    else hub.feeds.get(publish.room)?.expect(result);
  });
}

function describePublish(hub: Hub, connection: Connection, { id, payload }: WriteCommand): Publish {
  const { context } = hub;
  const { user } = connection.session;
  const metaJson = payload.meta === undefined ? null : JSON.stringify(payload.meta);
  return {
    room: payload.room,
    kind: "chat_message",
    userId: user.id,
    authorId: user.id,
    authorName: user.name,
    authorImage: user.image,
    messageId: Bun.randomUUIDv7(),
    content: payload.content,
    metaJson,
    createdAt: context.clock.now(),
    instance: context.instance.id,
    socket: connection.number,
    commandId: id,
    commandHash: hashCommand("send_message", payload.content, metaJson),
  };
}

/**
 * Tells one command from another under the same id. Not cryptographic: who makes two of their own commands collide
 * only gets the first one's answer for the second.
 */
function hashCommand(...parts: readonly (string | null)[]): string {
  return Bun.hash(JSON.stringify(parts)).toString(36);
}

import type { Command, CommandType } from "../protocol/commands.ts";
import { type Refusal, refuse } from "../protocol/errors.ts";
import type { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import type { Publish, PublishResult } from "./engine.ts";
import type { Hub } from "./hub.ts";
import type { Identity, User } from "./identity.ts";
import { PendingWrite, type StoredResult } from "./pending-write.ts";
import type { Place } from "./writes-in-flight.ts";

type WriteType = "send_message" | "message_edit" | "message_delete" | "reaction";

/** Commands that append to a room's log. */
export const writeTypes: ReadonlySet<string> = new Set<CommandType>([
  "send_message",
  "message_edit",
  "message_delete",
  "reaction",
] satisfies WriteType[]);

export type WriteCommand = Extract<Command, { type: WriteType }>;

/** A command whose answer has no place in a room's order. */
export type PlainCommand = Exclude<Command, WriteCommand>;

export const isWrite = (command: Command): command is WriteCommand => writeTypes.has(command.type);

/** What can be refused before the engine is asked. */
export function refuseWrite(connection: Connection, command: WriteCommand): Refusal | null {
  const { room } = command.payload;
  if (room.startsWith("notifications:")) return refuse("forbidden", `Nobody writes to ${room} this way.`);
  return connection.isJoined(room) ? null : refuse("not_joined");
}

/** Hands a write to the engine. Its answer comes through the connection's writes in flight. */
export function submitWrite(
  hub: Hub,
  connection: Connection,
  command: WriteCommand,
  cost: { readonly bytes: number; readonly receivedAt: number },
): void {
  const publish = describeWrite(hub.context, connection.identity, command, connection.number);
  const write = new PendingWrite(publish, cost.bytes, cost.receivedAt);
  if (command.type === "send_message") connection.session.messageCount += 1;
  connection.queue.writes.add(write);
  write.stored = hub.context.engine.publish(publish).then((result) => {
    connection.queue.writes.settle(write, result, placeOf(connection, publish.room, result));
    if (result.ok) noteStored(hub, publish.room, result);
  });
}

function placeOf(connection: Connection, room: string, result: PublishResult): Place {
  const feed = connection.feedOf(room);
  if (feed === undefined) return connection.isJoined(room) ? "ahead" : "nowhere";
  return result.ok && feed.epoch === result.epoch && feed.head >= result.seq ? "passed" : "ahead";
}

/** A write is in the log now, or was before. `log`: the engine's name of its room. */
export function noteStored({ context, feeds }: Hub, log: string, stored: StoredResult): void {
  if (stored.duplicate) context.metrics.dedupeHit();
  else feeds.get(log)?.follower.expect(stored);
}

/** What a write stores. `socket`: the connection that carries it; 0 is none. `author`: who is shown instead of the user. */
export function describeWrite(
  { instance, clock }: Pick<ChatContext, "instance" | "clock">,
  { user, isAdmin }: Identity,
  command: WriteCommand,
  socket: number,
  author: User = user,
): Publish {
  const change = describeChange(command);
  return {
    ...change,
    room: command.payload.room,
    userId: user.id,
    authorId: author.id,
    authorName: author.name,
    authorImage: author.image,
    createdAt: clock.now(),
    instance: instance.id,
    socket,
    commandId: command.id,
    commandHash: hashChange(change, author),
    ...(isAdmin ? { isModerator: true } : undefined),
  };
}

type Change = Pick<Publish, "kind" | "messageId" | "content" | "metaJson" | "reaction">;

function describeChange(command: WriteCommand): Change {
  switch (command.type) {
    case "send_message": {
      const { content, meta } = command.payload;
      return { kind: "chat_message", messageId: Bun.randomUUIDv7(), content, metaJson: metaJsonOf(meta) };
    }
    case "message_edit": {
      const { messageId, content, meta } = command.payload;
      return { kind: "message_edit", messageId, content, metaJson: metaJsonOf(meta) };
    }
    case "message_delete":
      return { kind: "message_delete", messageId: command.payload.messageId, content: null, metaJson: null };
    case "reaction": {
      const { messageId, emoji, action } = command.payload;
      return { kind: "reaction", messageId, content: null, metaJson: null, reaction: { emoji, action } };
    }
    default:
      return command satisfies never;
  }
}

const metaJsonOf = (meta: unknown): string | null => (meta === undefined ? null : JSON.stringify(meta));

/**
 * Tells one command from another under the same id. Not cryptographic: who makes two of their own commands collide
 * only gets the first one's answer for the second.
 */
function hashChange({ kind, messageId, content, metaJson, reaction }: Change, author: User): string {
  // The id of a new message is ours, and another one each time.
  const subject = kind === "chat_message" ? author.id : messageId;
  return Bun.hash(JSON.stringify([kind, subject, content, metaJson, reaction])).toString(36);
}

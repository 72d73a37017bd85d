import { randomBytes } from "node:crypto";
import { encodeEntry, type eventOfPublish } from "./envelope.ts";
import type { RoomKeys } from "./keys.ts";
import type { Argument } from "./redis-call-queue.ts";

export interface RedisLogOptions {
  /** 0: all. */
  readonly historyMessagesMax: number;
  /** 0: for ever. */
  readonly historyTtlMs: number;
}

/** An event before its place is known. */
export type Unplaced = ReturnType<typeof eventOfPublish>;

/** For the life that a log begins where it has none that goes on. */
export const newEpoch = (): string => randomBytes(12).toString("base64url");

/** As log.lua takes them. */
export const logKeys = ({ meta, log, messages, order }: RoomKeys): string[] => [meta, log, messages, order];

/** As append.lua takes them. */
export function appendArguments(
  publishCommand: string,
  { channel, reactions }: RoomKeys,
  { historyMessagesMax, historyTtlMs }: RedisLogOptions,
): Argument[] {
  return [newEpoch(), publishCommand, channel, historyMessagesMax, historyTtlMs, reactions];
}

/** What its `append` takes: kind, message, author, time, the entry's other fields, all of it for the bus. */
export function eventArguments(event: Unplaced): Argument[] {
  const { kind, messageId, authorId, createdAt } = event;
  return [kind, messageId, authorId, createdAt, encodeEntry(event), JSON.stringify(event)];
}

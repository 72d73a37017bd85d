import type { Publish, PublishResult } from "../chat/engine.ts";
import { limits } from "../protocol/limits.ts";
import { encodeMaker, eventOfPublish } from "./envelope.ts";
import type { RedisKeys } from "./keys.ts";
import type { Argument } from "./redis-call-queue.ts";
import { appendArguments, eventArguments, logKeys, type RedisLogOptions } from "./redis-log-arguments.ts";
import type { ScriptInput } from "./redis-scripts.ts";
import { textUnitsOf } from "./write.ts";

/** Little enough not to keep Redis from others for longer than a millisecond. */
const writesMax = 64;
const textUnitsMax = 128 * 1024;
const commandTtlMs = 15 * 60_000;

export interface WriteGroupParts {
  readonly keys: RedisKeys;
  readonly options: RedisLogOptions;
  readonly publishCommand: string;
}

interface WaitingWrite {
  readonly publish: Publish;
  readonly resolve: (result: PublishResult) => void;
  readonly reject: (error: Error) => void;
}

/** Writes to one room that are stored by one call, each with an outcome of its own. It takes more until it is sent. */
export class RedisWriteGroup {
  readonly #parts: WriteGroupParts;
  readonly #room: string;
  readonly #writes: WaitingWrite[] = [];
  #textUnits = 0;
  #input: ScriptInput | null = null;

  constructor(parts: WriteGroupParts, room: string) {
    this.#parts = parts;
    this.#room = room;
  }

  get isOpen(): boolean {
    return this.#input === null && this.#writes.length < writesMax && this.#textUnits < textUnitsMax;
  }

  add(publish: Publish): Promise<PublishResult> {
    this.#textUnits += textUnitsOf(publish);
    return new Promise((resolve, reject) => {
      this.#writes.push({ publish, resolve, reject });
    });
  }

  /** As write.lua takes it. From then on the group is closed. */
  input(): ScriptInput {
    this.#input ??= this.#describe();
    return this.#input;
  }

  #describe(): ScriptInput {
    const { keys, options, publishCommand } = this.#parts;
    const roomKeys = keys.room(this.#room);
    const recordOf = ({ userId, commandId }: Publish) =>
      commandId === null ? roomKeys.meta : keys.command(this.#room, userId, commandId);
    return {
      keys: [...logKeys(roomKeys), ...this.#writes.map(({ publish }) => recordOf(publish))],
      args: [
        ...appendArguments(publishCommand, roomKeys, options),
        commandTtlMs,
        ...this.#writes.flatMap(({ publish }) => writeArguments(publish)),
      ],
    };
  }

  /** With what write.lua answered. */
  settle(answer: unknown): void {
    const [epoch, ...outcomes] = answer as [string, ...Outcome[]];
    for (const [index, { publish, resolve }] of this.#writes.entries())
      resolve(resultOf(publish, epoch, outcomes[index]));
  }

  /** All that have no outcome yet have one that is not known. */
  fail(error: Error): void {
    for (const { reject } of this.#writes) reject(error);
  }
}

function writeArguments(publish: Publish): Argument[] {
  const { kind, commandId, commandHash, content, metaJson } = publish;
  const event = eventOfPublish(publish);
  const isMade = kind === "chat_message" || kind === "notification";
  const by = isMade ? encodeMaker(event) : encodeChanger(publish);
  const hash = commandId === null ? "" : commandHash;
  return [...eventArguments(event), hash, by, content ?? "", metaJson ?? ""];
}

/** Who changes a message, as change.lua takes it. */
function encodeChanger(publish: Publish): string {
  const { userId, isModerator, reaction, authorName, authorImage, createdAt } = publish;
  if (reaction === undefined) return JSON.stringify({ user: userId, isModerator });
  const reactor = JSON.stringify({ userId, userName: authorName, userImage: authorImage, createdAt });
  return JSON.stringify({ user: userId, ...reaction, reactor, emojisMax: limits.emojisPerMessage });
}

type Outcome =
  | number
  | readonly [epoch: string, seq: number, messageId: string, createdAt: string]
  | "id_conflict"
  | "not_found"
  | "forbidden"
  | "too_large";

function resultOf(
  { messageId, createdAt }: Publish,
  epoch: string,
  outcome: Outcome | undefined,
): PublishResult {
  if (outcome === undefined) throw new Error("the script has left something out");
  if (typeof outcome === "string") return { ok: false, code: outcome };
  if (typeof outcome === "number")
    return { ok: true, epoch, seq: outcome, messageId, createdAt, duplicate: false };
  const [formerEpoch, seq, formerId, formerAt] = outcome;
  return {
    ok: true,
    epoch: formerEpoch,
    seq,
    messageId: formerId,
    createdAt: Number(formerAt),
    duplicate: true,
  };
}

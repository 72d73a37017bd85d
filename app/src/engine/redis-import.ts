import { controlRoom } from "../chat/engine-people.ts";
import { encodeEntry, encodeMaker } from "./envelope.ts";
import type { RedisKeys } from "./keys.ts";
import { RedisPeople } from "./redis-people.ts";
import type { RedisScripts } from "./redis-scripts.ts";
import type { ExportedBlock, ExportedMembership, ExportedReaction, ExportedRoom } from "./sqlite-export.ts";
import { type EventRow, toEvent } from "./sqlite-history.ts";

/** An entry of a log, with the reactions to the message that it made. */
export interface ImportedEntry {
  readonly row: EventRow;
  readonly reactions: readonly ExportedReaction[];
}

/** Writes into Redis what another engine has kept. Doing it twice changes nothing. Rejects where Redis does. */
export class RedisImport {
  readonly #scripts: RedisScripts;
  readonly #keys: RedisKeys;
  readonly #historyTtlMs: number;

  constructor(scripts: RedisScripts, keys: RedisKeys, historyTtlMs: number) {
    this.#scripts = scripts;
    this.#keys = keys;
    this.#historyTtlMs = historyTtlMs;
  }

  /** `head`: after these entries. Answers where the log is now; null: another log of that name is there. */
  async entries(room: ExportedRoom, entries: readonly ImportedEntry[], head: number): Promise<number | null> {
    const { meta, log, messages, order, reactions } = this.#keys.room(room.name);
    const slice = entries.map((entry) => JSON.stringify(describeEntry(entry, room.epoch)));
    const args = [room.epoch, head, this.#historyTtlMs, reactions, ...slice];
    const copied = Number(await this.#scripts.run("migrate", [meta, log, messages, order], args));
    return copied < 0 ? null : copied;
  }

  async memberships(memberships: readonly ExportedMembership[]): Promise<void> {
    const prefix = this.#keys.control(controlRoom);
    const writes = memberships.flatMap(({ room, userId, isMember, changedAt }) => [
      this.#scripts.call("HSET", `${prefix}members:${room}`, userId, `${isMember} ${changedAt}`),
      this.#scripts.call("ZADD", `${prefix}groups:${userId}`, 0, room),
      ...(isMember === 1 ? [this.#scripts.call("ZADD", `${prefix}added:${room}`, 0, userId)] : []),
    ]);
    await Promise.all(writes);
  }

  async blocks(blocks: readonly ExportedBlock[]): Promise<void> {
    const prefix = this.#keys.control(controlRoom);
    const writes = blocks.flatMap(({ userId, otherId, createdAt }) => [
      this.#scripts.call("HSET", `${prefix}blocks:${userId}`, otherId, createdAt),
      this.#scripts.call("ZADD", `${prefix}blocked:${userId}`, 0, otherId),
      this.#scripts.call("SADD", `${prefix}blockers:${otherId}`, userId),
    ]);
    await Promise.all(writes);
  }

  get people(): RedisPeople {
    return new RedisPeople(this.#scripts, this.#keys);
  }

  /** Servers find something there. */
  async noteFirstUse(): Promise<void> {
    await this.#scripts.call("SET", this.#keys.firstUse, Date.now(), "NX");
  }

  /** False: guests are known there by another secret. */
  async installSecret(secret: Uint8Array): Promise<boolean> {
    const text = Buffer.from(secret).toString("base64");
    await this.#scripts.call("SET", this.#keys.installSecret, text, "NX");
    return (await this.#scripts.call("GET", this.#keys.installSecret)) === text;
  }
}

/** As migrate.lua takes it. */
function describeEntry({ row, reactions }: ImportedEntry, epoch: string) {
  const { seq, kind, messageId: message, authorId: author, createdAt: at } = row;
  const event = toEvent(row, epoch);
  const entry = { seq, kind, message, author, at: String(at), entry: encodeEntry(event) };
  const isMaking = kind === "chat_message" || kind === "notification";
  if (!isMaking || row.content === null) return entry;
  return {
    ...entry,
    maker: encodeMaker(event),
    content: row.content,
    ...(row.metaJson === null ? {} : { meta: row.metaJson }),
    ...(row.isEdited === 1 ? { isEdited: true } : {}),
    reactions: describeReactions(reactions),
  };
}

/** The numbers only order them: a seq of the log in what Redis itself stores. */
function describeReactions(reactions: readonly ExportedReaction[]) {
  return reactions.map(({ id, emoji, userId, userName, userImage, createdAt }) => {
    const same = reactions.filter((reaction) => reaction.emoji === emoji);
    const reactor = JSON.stringify({ userId, userName, userImage, createdAt });
    const member = `${emoji}\0${String(id).padStart(16, "0")}\0${reactor}`;
    return [emoji, `${same[0]?.id ?? id} ${same.length}`, userId, member];
  });
}

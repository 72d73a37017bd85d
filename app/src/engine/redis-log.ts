import { randomBytes } from "node:crypto";
import type {
  HistoryBounds,
  HistoryPage,
  Position,
  Publish,
  PublishResult,
  Replay,
  ReplayBounds,
  ResetReason,
} from "../chat/engine.ts";
import {
  type ControlAuthor,
  type ControlChange,
  type ControlResult,
  controlRoom,
  type Page,
  type Reactor,
  type ReactorBounds,
} from "../chat/engine-people.ts";
import { limits } from "../protocol/limits.ts";
import {
  type EntryRow,
  encodeEntry,
  encodeMaker,
  eventOfControl,
  eventOfPublish,
  eventOfRow,
  messageOfRow,
} from "./envelope.ts";
import type { RedisKeys } from "./keys.ts";
import type { RedisScripts } from "./redis-scripts.ts";

export interface RedisLogOptions {
  /** 0: all. */
  readonly historyMessagesMax: number;
  /** 0: for ever. */
  readonly historyTtlMs: number;
}

type Unplaced = ReturnType<typeof eventOfPublish>;

const commandTtlMs = 15 * 60_000;
const newEpoch = (): string => randomBytes(12).toString("base64url");

/** The logs in Redis: each call is one script, and so one moment. Rejects where Redis does. */
export class RedisLog {
  readonly #scripts: RedisScripts;
  readonly #keys: RedisKeys;
  readonly #options: RedisLogOptions;

  constructor(scripts: RedisScripts, keys: RedisKeys, options: RedisLogOptions) {
    this.#scripts = scripts;
    this.#keys = keys;
    this.#options = options;
  }

  async publish(publish: Publish): Promise<PublishResult> {
    const { room, kind, userId, commandId, commandHash } = publish;
    const isMade = kind === "chat_message" || kind === "notification";
    const record = commandId === null ? "" : this.#keys.command(room, userId, commandId);
    const event = eventOfPublish(publish);
    const args = [
      ...this.#appending(room, event),
      commandId === null ? "" : commandHash,
      commandTtlMs,
      ...(isMade ? makeArguments(event) : changeArguments(publish)),
    ];
    const keys = [...this.#roomKeys(room), record === "" ? this.#keys.room(room).meta : record];
    return readResult(await this.#scripts.run(isMade ? "publish" : "change", keys, args));
  }

  async control(change: ControlChange, author: ControlAuthor): Promise<ControlResult> {
    const event = eventOfControl(change, author, Bun.randomUUIDv7());
    const other = "room" in change ? change.room : "otherId" in change ? change.otherId : "";
    const args = [
      ...this.#appending(controlRoom, event),
      this.#keys.control(controlRoom),
      change.userId,
      other,
      limits.blocks,
    ];
    const [what, epoch, seq] = (await this.#scripts.run(
      "control",
      this.#roomKeys(controlRoom),
      args,
    )) as Stored;
    if (what === "too_large") return { ok: false, code: what };
    return { ok: true, epoch, seq, isChange: what === "stored" };
  }

  async head(room: string): Promise<Position> {
    const [epoch, seq] = (await this.#scripts.run("head", this.#roomKeys(room), [newEpoch()])) as [
      string,
      number,
    ];
    return { epoch, seq };
  }

  async heads(rooms: readonly string[]): Promise<readonly (Position | undefined)[]> {
    const keys = rooms.map((room) => this.#keys.meta(room));
    return await this.#scripts.runOverAll("heads", keys, [newEpoch()], (lines) =>
      lines.split("\n").map(readHead),
    );
  }

  async replay(room: string, after: Position, bounds: ReplayBounds): Promise<Replay> {
    const { replayMax, eventsMax, textUnitsMax } = bounds;
    const kept = [this.#options.historyMessagesMax, this.#oldest()];
    const args = [newEpoch(), after.epoch, after.seq, replayMax, eventsMax, textUnitsMax, ...kept];
    const [what, epoch, seq, ...rows] = (await this.#scripts.run("replay", this.#roomKeys(room), args)) as [
      ResetReason | "recovered",
      string,
      number,
      ...EntryRow[],
    ];
    if (what !== "recovered") return { recovered: false, reason: what, epoch, seq };
    const events = rows.map((row) => eventOfRow(row, epoch));
    return { recovered: true, epoch, seq, events, isComplete: after.seq + events.length === seq };
  }

  async history(room: string, bounds: HistoryBounds): Promise<HistoryPage> {
    const { before, limit, textUnitsMax, viewerId, hidden } = bounds;
    // Nothing is before 1, and 0 stands for the head.
    const args = [newEpoch(), before === null ? 0 : Math.max(1, before), limit, textUnitsMax];
    const kept = [this.#options.historyMessagesMax, this.#oldest()];
    const reactions = this.#keys.room(room).reactions;
    const [epoch, seq, hasMore, ...rows] = (await this.#scripts.run("history", this.#roomKeys(room), [
      ...args,
      ...kept,
      viewerId,
      reactions,
      ...hidden,
    ])) as [string, number, number, ...EntryRow[]];
    const messages = rows.reverse().map((row) => messageOfRow(row, epoch));
    return { epoch, seq, messages, hasMore: hasMore === 1 };
  }

  async reactors(room: string, messageId: string, bounds: ReactorBounds): Promise<Page<Reactor> | null> {
    const { after, limit, emoji, hidden } = bounds;
    const [first, last] = emoji === null ? ["-", "+"] : [`[${emoji}\0`, `[${emoji}\0\xff`];
    const cursor = after === null ? null : Buffer.from(after, "base64url").toString();
    const from = cursor?.includes("\0") ? `(${cursor}` : first;
    const args = [newEpoch(), messageId, this.#keys.room(room).reactions, from, last, limit + 1, ...hidden];
    const members = (await this.#scripts.run("reactors", this.#roomKeys(room), args)) as string[] | 0;
    if (members === 0) return null;
    const next = members.length > limit ? (members[limit - 1] ?? null) : null;
    return {
      items: members.slice(0, limit).map(readReactor),
      next: next === null ? null : Buffer.from(next).toString("base64url"),
    };
  }

  #roomKeys(room: string): string[] {
    const { meta, log, messages, order } = this.#keys.room(room);
    return [meta, log, messages, order];
  }

  /** What append.lua wants to know. */
  #appending(room: string, event: Unplaced): (string | number)[] {
    const { channel, reactions } = this.#keys.room(room);
    const { historyMessagesMax, historyTtlMs } = this.#options;
    const place = [event.kind, event.messageId, event.authorId, event.createdAt];
    const texts = [encodeEntry(event), JSON.stringify(event)];
    return [
      newEpoch(),
      this.#scripts.publishCommand,
      channel,
      ...place,
      ...texts,
      historyMessagesMax,
      historyTtlMs,
      reactions,
    ];
  }

  #oldest(): number {
    const { historyTtlMs } = this.#options;
    return historyTtlMs > 0 ? Date.now() - historyTtlMs : 0;
  }
}

type Stored = readonly [what: string, epoch: string, seq: number, messageId: string, createdAt: string];

const makeArguments = (event: Unplaced): string[] => [
  encodeMaker(event),
  event.content ?? "",
  event.metaJson ?? "",
];

function changeArguments(publish: Publish): (string | number)[] {
  const { userId, isModerator, content, metaJson, reaction, authorName, authorImage, createdAt } = publish;
  const reactor = { userId, userName: authorName, userImage: authorImage, createdAt };
  return [
    userId,
    isModerator === true ? "1" : "",
    content ?? "",
    metaJson ?? "",
    reaction?.emoji ?? "",
    reaction?.action ?? "",
    JSON.stringify(reactor),
    limits.emojisPerMessage,
  ];
}

function readResult(answer: unknown): PublishResult {
  const [what, epoch, seq, messageId, createdAt] = answer as Stored;
  switch (what) {
    case "stored":
    case "duplicate":
      return {
        ok: true,
        epoch,
        seq,
        messageId,
        createdAt: Number(createdAt),
        duplicate: what === "duplicate",
      };
    case "id_conflict":
    case "not_found":
    case "forbidden":
    case "too_large":
      return { ok: false, code: what };
    default:
      throw new Error(`the script answered ${what}`);
  }
}

function readHead(line: string): Position {
  const space = line.indexOf(" ");
  return { epoch: line.slice(0, space), seq: Number(line.slice(space + 1)) };
}

/** `<emoji>\0<seq>\0<json>`: JSON holds no zero byte as it is, and the seq has 16 digits. */
function readReactor(member: string): Reactor {
  const json = member.lastIndexOf("\0");
  return { emoji: member.slice(0, json - 17), ...JSON.parse(member.slice(json + 1)) };
}

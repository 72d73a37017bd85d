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
import { type EntryRow, eventOfControl, eventOfRow, messageOfRow } from "./envelope.ts";
import type { RedisKeys } from "./keys.ts";
import {
  appendArguments,
  eventArguments,
  logKeys,
  newEpoch,
  type RedisLogOptions,
} from "./redis-log-arguments.ts";
import type { RedisScripts } from "./redis-scripts.ts";
import { RedisWrites } from "./redis-writes.ts";

type Controlled = readonly [what: "stored" | "same" | "too_large", epoch: string, seq: number];

/** The logs in Redis: each call is one script, and so one moment. Rejects where Redis does. */
export class RedisLog {
  readonly #scripts: RedisScripts;
  readonly #keys: RedisKeys;
  readonly #options: RedisLogOptions;
  readonly #writes: RedisWrites;

  constructor(scripts: RedisScripts, keys: RedisKeys, options: RedisLogOptions) {
    this.#scripts = scripts;
    this.#keys = keys;
    this.#options = options;
    this.#writes = new RedisWrites(scripts, { keys, options });
  }

  publish(publish: Publish): Promise<PublishResult> {
    return this.#writes.publish(publish);
  }

  async control(change: ControlChange, author: ControlAuthor): Promise<ControlResult> {
    const event = eventOfControl(change, author, Bun.randomUUIDv7());
    const other = "room" in change ? change.room : "otherId" in change ? change.otherId : "";
    const args = [
      ...appendArguments(this.#scripts.publishCommand, this.#keys.room(controlRoom), this.#options),
      ...eventArguments(event),
      this.#keys.control(controlRoom),
      change.userId,
      other,
      limits.blocks,
    ];
    const [what, epoch, seq] = (await this.#scripts.run(
      "control",
      this.#roomKeys(controlRoom),
      args,
    )) as Controlled;
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
    return logKeys(this.#keys.room(room));
  }

  #oldest(): number {
    const { historyTtlMs } = this.#options;
    return historyTtlMs > 0 ? Date.now() - historyTtlMs : 0;
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

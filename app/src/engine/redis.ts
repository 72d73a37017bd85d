import { Redis } from "ioredis";
import {
  type Engine,
  type EngineListener,
  EngineUnavailable,
  type HistoryBounds,
  type Position,
  type Publish,
  type PublishResult,
  type ReplayBounds,
} from "../chat/engine.ts";
import type {
  ControlAuthor,
  ControlChange,
  ControlResult,
  PageBounds,
  ReactorBounds,
  Seen,
} from "../chat/engine-people.ts";
import { RedisKeys } from "./keys.ts";
import { noOtherInstances } from "./no-other-instances.ts";
import { RedisBus } from "./redis-bus.ts";
import { RedisLog, type RedisLogOptions } from "./redis-log.ts";
import { RedisPeople } from "./redis-people.ts";
import { RedisScripts } from "./redis-scripts.ts";
import { RedisWrites } from "./redis-writes.ts";
import { within } from "./within.ts";

export interface RedisEngineOptions extends RedisLogOptions {
  readonly url: string;
  readonly prefix: string;
  readonly instance: string;
}

/** An answer that takes longer is none. */
const answerMs = 1000;
const closeMs = 5000;
const retryMsMax = 1000;
const unavailable = { ok: false, code: "unavailable" } as const;

/** What instances share, in Redis: one connection for commands, one that listens. */
export class RedisEngine implements Engine {
  readonly name = "redis";
  readonly others = noOtherInstances;
  readonly #commands: Redis;
  readonly #subscriber: Redis;
  readonly #keys: RedisKeys;
  readonly #scripts: RedisScripts;
  readonly #log: RedisLog;
  readonly #people: RedisPeople;
  readonly #bus: RedisBus;
  readonly #writes: RedisWrites;
  #listener: EngineListener | null = null;
  #fault: Error | null = null;
  #isClosed = false;

  constructor({ url, prefix, instance, ...retention }: RedisEngineOptions) {
    this.#keys = new RedisKeys(prefix);
    this.#commands = this.#connect(url, `${prefix}:${instance}:commands`, true);
    this.#subscriber = this.#connect(url, `${prefix}:${instance}:subscriber`, false);
    this.#scripts = new RedisScripts(this.#commands);
    this.#log = new RedisLog(this.#scripts, this.#keys, retention);
    this.#people = new RedisPeople(this.#commands, this.#scripts, this.#keys);
    this.#bus = new RedisBus(this.#subscriber, this.#keys, instance, {
      stored: (log, events) => this.#listener?.stored(log, events),
      unreadable: (error) => this.#report(error as Error),
    });
    this.#writes = new RedisWrites(
      (publish) => this.#log.publish(publish),
      (error) => this.#report(error as Error),
    );
  }

  /** Rejects if Redis is not there. */
  async start(): Promise<void> {
    await Promise.all([this.#commands.connect(), this.#subscriber.connect()]);
    await Promise.all([this.#scripts.load(), this.#bus.start()]);
  }

  listen(listener: EngineListener): void {
    this.#listener = listener;
  }

  publish(publish: Publish): Promise<PublishResult> {
    return this.#isClosed ? Promise.resolve(unavailable) : this.#writes.publish(publish);
  }

  async control(change: ControlChange, author: ControlAuthor): Promise<ControlResult> {
    if (this.#isClosed) return unavailable;
    try {
      return await this.#log.control(change, author);
    } catch (error) {
      this.#report(error as Error);
      return unavailable;
    }
  }

  async subscribe(room: string): Promise<void> {
    await this.#asking(this.#bus.subscribe(room));
  }

  unsubscribe(room: string): void {
    this.#bus.unsubscribe(room);
  }

  head(room: string): Promise<Position> {
    return this.#asking(this.#log.head(room));
  }

  replay(room: string, after: Position, bounds: ReplayBounds) {
    return this.#asking(this.#log.replay(room, after, bounds));
  }

  history(room: string, bounds: HistoryBounds) {
    return this.#asking(this.#log.history(room, bounds));
  }

  reactors(room: string, messageId: string, bounds: ReactorBounds) {
    return this.#asking(this.#log.reactors(room, messageId, bounds));
  }

  membership(room: string, userId: string) {
    return this.#asking(this.#people.membership(room, userId));
  }

  members(room: string, bounds: PageBounds) {
    return this.#asking(this.#people.members(room, bounds));
  }

  groupsOf(userId: string, bounds: PageBounds) {
    return this.#asking(this.#people.groupsOf(userId, bounds));
  }

  blocksBy(userId: string, bounds: PageBounds) {
    return this.#asking(this.#people.blocksBy(userId, bounds));
  }

  blockRelations(userId: string) {
    return this.#asking(this.#people.blockRelations(userId));
  }

  noteSeen(seen: readonly Seen[]): Promise<void> {
    return this.#asking(this.#people.noteSeen(seen));
  }

  lastSeen(userId: string): Promise<number | null> {
    return this.#asking(this.#people.lastSeen(userId));
  }

  /** The first to ask makes it. */
  async installSecret(): Promise<Uint8Array> {
    const made = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64");
    const name = this.#keys.installSecret;
    await this.#asking(this.#commands.set(name, made, "NX"));
    return new Uint8Array(Buffer.from((await this.#asking(this.#commands.get(name))) ?? made, "base64"));
  }

  /** Proves both connections: what one says, the other hears. */
  async probe(): Promise<void> {
    if (this.#isClosed) throw new EngineUnavailable("the engine is closed");
    const text = Bun.randomUUIDv7();
    const heard = this.#bus.hearing(text, (channel) => this.#commands.publish(channel, text));
    await within(answerMs, heard, "Redis' answer to a canary");
    this.#report(null);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await within(closeMs, this.#writes.idle(), "storing what waits").catch(() => this.#writes.abandon());
    this.#commands.disconnect();
    this.#subscriber.disconnect();
  }

  /** What is repeated is our decision, so neither connection keeps commands for later. */
  #connect(url: string, connectionName: string, enableAutoPipelining: boolean): Redis {
    const redis = new Redis(url, {
      connectionName,
      enableAutoPipelining,
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: null,
      commandTimeout: answerMs,
      retryStrategy: (times: number) => Math.min(50 * 2 ** times, retryMsMax),
    });
    redis.on("error", (error: Error) => this.#report(error));
    redis.on("close", () => this.#report(new Error("the connection to Redis was closed")));
    return redis;
  }

  async #asking<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.#report(error as Error);
      throw new EngineUnavailable(String(error));
    }
  }

  #report(fault: Error | null): void {
    if (fault !== null) this.#writes?.abandon();
    const isChange = (fault === null) !== (this.#fault === null);
    this.#fault = fault;
    if (isChange && !this.#isClosed) this.#listener?.availabilityChanged(fault);
  }
}

export async function openRedisEngine(options: RedisEngineOptions): Promise<Engine> {
  const engine = new RedisEngine(options);
  await engine.start();
  return engine;
}

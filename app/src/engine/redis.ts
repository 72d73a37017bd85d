import {
  type Engine,
  type EngineConnections,
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
import { EngineUnusable } from "./engine-unusable.ts";
import { RedisKeys } from "./keys.ts";
import { noOtherInstances } from "./no-other-instances.ts";
import { RedisBus } from "./redis-bus.ts";
import { answerMs, RedisConnections } from "./redis-connections.ts";
import { RedisLog, type RedisLogOptions } from "./redis-log.ts";
import { RedisPeople } from "./redis-people.ts";
import { RedisScripts } from "./redis-scripts.ts";
import { checkSettings, type RedisAck } from "./redis-settings.ts";
import { RedisWrites } from "./redis-writes.ts";
import { within } from "./within.ts";

export interface RedisEngineOptions extends RedisLogOptions {
  readonly url: string;
  readonly prefix: string;
  readonly ack: RedisAck;
  readonly instance: string;
  /** Something that an operator should look at; a sentence. */
  onWarning?(message: string): void;
}

const closeMs = 5000;
/** How long a start waits for Redis; after that the engine is there, and unavailable. */
const startMs = 3000;
const unavailable = { ok: false, code: "unavailable" } as const;

/** What instances share, in Redis: one connection for commands, one that listens. */
export class RedisEngine implements Engine {
  readonly name = "redis";
  readonly others = noOtherInstances;
  readonly #connections: RedisConnections;
  readonly #keys: RedisKeys;
  readonly #scripts: RedisScripts;
  readonly #log: RedisLog;
  readonly #people: RedisPeople;
  readonly #bus: RedisBus;
  readonly #writes: RedisWrites;
  readonly #options: RedisEngineOptions;
  /** Why nothing may be stored there, whether or not it answers. */
  #unusable: EngineUnusable | null = null;
  #listener: EngineListener | null = null;
  #fault: Error | null = null;
  #isClosed = false;

  constructor(options: RedisEngineOptions) {
    const { url, prefix, instance, ...retention } = options;
    this.#options = options;
    this.#keys = new RedisKeys(prefix);
    this.#connections = new RedisConnections(url, `${prefix}:${instance}`, {
      failed: (error) => this.#report(error),
    });
    const { commands, subscriber } = this.#connections;
    this.#scripts = new RedisScripts(commands);
    this.#log = new RedisLog(this.#scripts, this.#keys, retention);
    this.#people = new RedisPeople(commands, this.#scripts, this.#keys);
    this.#bus = new RedisBus(subscriber, this.#keys, instance, {
      stored: (log, events) => this.#listener?.stored(log, events),
      unreadable: (error) => this.#report(error as Error),
    });
    this.#writes = new RedisWrites(
      (publish) => this.#log.publish(publish),
      (error) => this.#report(error as Error),
    );
  }

  /** Resolves when Redis is there, or after a while if it is not. Rejects with EngineUnusable. */
  async start(): Promise<void> {
    const prepared = this.#prepareAtEachConnect();
    this.#connections.start();
    await within(startMs, prepared, "connecting to Redis").catch((error) => {
      if (error instanceof EngineUnusable) throw error;
      this.#report(error as Error);
    });
  }

  /** What a new connection has to be told, and asked, before it is used. Settles with the first. */
  async #prepareAtEachConnect(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#connections.commands.on("ready", () => this.#prepare().then(resolve, reject));
      this.#connections.subscriber.on("ready", () => {
        this.#bus.start().catch((error: Error) => this.#report(error));
      });
    });
  }

  async #prepare(): Promise<void> {
    try {
      const warnings = await checkSettings(this.#connections.commands, this.#options.ack);
      for (const warning of warnings) this.#options.onWarning?.(warning);
      this.#unusable = null;
      await this.#scripts.load();
    } catch (error) {
      if (error instanceof EngineUnusable) this.#unusable = error;
      this.#report(error as Error);
      throw error;
    }
  }

  get connections(): EngineConnections {
    return { ...this.#connections.status, subscribedChannels: this.#bus.channelCount };
  }

  listen(listener: EngineListener): void {
    this.#listener = listener;
  }

  publish(publish: Publish): Promise<PublishResult> {
    return this.#isUsable ? this.#writes.publish(publish) : Promise.resolve(unavailable);
  }

  async control(change: ControlChange, author: ControlAuthor): Promise<ControlResult> {
    if (!this.#isUsable) return unavailable;
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
    const { commands } = this.#connections;
    await this.#asking(commands.set(name, made, "NX"));
    return new Uint8Array(Buffer.from((await this.#asking(commands.get(name))) ?? made, "base64"));
  }

  /** Proves both connections: what one says, the other hears. */
  async probe(): Promise<void> {
    if (this.#isClosed) throw new EngineUnavailable("the engine is closed");
    if (this.#unusable !== null) throw this.#unusable;
    const text = Bun.randomUUIDv7();
    const heard = this.#bus.hearing(text, (channel) => this.#connections.commands.publish(channel, text));
    await within(answerMs, heard, "Redis' answer to a canary");
    this.#report(null);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await within(closeMs, this.#writes.idle(), "storing what waits").catch(() => this.#writes.abandon());
    this.#connections.close();
  }

  get #isUsable(): boolean {
    return !this.#isClosed && this.#unusable === null;
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

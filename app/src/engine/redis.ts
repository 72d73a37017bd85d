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
import type { ReadRedisFigures } from "../telemetry/store-metrics.ts";
import { EngineUnusable } from "./engine-unusable.ts";
import { RedisKeys } from "./keys.ts";
import { RedisBus } from "./redis-bus.ts";
import { RedisConnections } from "./redis-connections.ts";
import { readRedisFigures } from "./redis-figures.ts";
import { type InstancesOptions, RedisInstances } from "./redis-instances.ts";
import { RedisLog, type RedisLogOptions } from "./redis-log.ts";
import { RedisPeople } from "./redis-people.ts";
import { RedisPreparation } from "./redis-preparation.ts";
import { RedisScripts } from "./redis-scripts.ts";
import type { RedisAck } from "./redis-settings.ts";
import { RefusalWarnings } from "./refusal-warnings.ts";
import { within } from "./within.ts";

export interface RedisEngineOptions extends RedisLogOptions, InstancesOptions {
  readonly url: string;
  readonly prefix: string;
  readonly ack: RedisAck;
  /** Something that an operator should look at; a sentence. */
  onWarning?(message: string): void;
  /** No server has used this Redis before. */
  onFirstUse?(): void;
  /** Told once how to ask Redis how it is. */
  onFigures?(read: ReadRedisFigures): void;
}

const closeMs = 5000;
/** How long a start waits for Redis; after that the engine is there, and unavailable. */
const startMs = 3000;
const unavailable = { ok: false, code: "unavailable" } as const;

/** What instances share, in Redis: one connection for commands, one that listens. */
class RedisEngine implements Engine {
  readonly name = "redis";
  readonly others: RedisInstances;
  readonly #connections: RedisConnections;
  readonly #keys: RedisKeys;
  readonly #scripts: RedisScripts;
  readonly #log: RedisLog;
  readonly #people: RedisPeople;
  readonly #bus: RedisBus;
  readonly #preparation: RedisPreparation;
  readonly #refusals: RefusalWarnings;
  #secret: string | null = null;
  #listener: EngineListener | null = null;
  #fault: Error | null = null;
  #isClosed = false;

  constructor(options: RedisEngineOptions) {
    const { url, prefix, ack, instance, onWarning = () => {}, ...retention } = options;
    const onFault = (error: Error) => this.#report(error);
    this.#keys = new RedisKeys(prefix);
    this.#connections = new RedisConnections(url, `${prefix}:${instance}`, { failed: onFault });
    const connections = this.#connections;
    this.#scripts = new RedisScripts(connections.commands, onFault);
    this.#log = new RedisLog(this.#scripts, this.#keys, retention);
    this.#people = new RedisPeople(this.#scripts, this.#keys);
    this.#refusals = new RefusalWarnings(onWarning);
    this.#bus = new RedisBus(connections.subscriber, this.#keys, instance, {
      stored: (log, events) => this.#listener?.stored(log, events),
      news: (log, text) => this.others.heard(log, text),
      unreadable: () => this.#refusals.note("a message on the bus cannot be read"),
    });
    const parts = { scripts: this.#scripts, bus: this.#bus, refusals: this.#refusals };
    const control = this.control.bind(this);
    this.others = new RedisInstances({ ...options, ...parts, keys: this.#keys, control });
    options.onFigures?.(() => readRedisFigures(connections.commands, ack));
    const onPrepared = () => this.#restoreSecret();
    this.#preparation = new RedisPreparation({ ...parts, connections, ack, onWarning, onFault, onPrepared });
  }

  /** Resolves when Redis is there, or after a while if it is not. Rejects with EngineUnusable. */
  async start(): Promise<void> {
    const prepared = this.#preparation.watch();
    this.#connections.start();
    await within(startMs, prepared, "connecting to Redis").catch((error) => {
      if (error instanceof EngineUnusable) throw error;
      this.#report(error as Error);
    });
    await this.others.start();
  }

  /** Whether no server has used this Redis before. */
  async isFirstUse(): Promise<boolean> {
    return (await this.#scripts.call("SET", this.#keys.firstUse, Date.now(), "NX")) === "OK";
  }

  get connections(): EngineConnections {
    return { ...this.#connections.status, subscribedChannels: this.#bus.channelCount };
  }

  listen(listener: EngineListener): void {
    this.#listener = listener;
  }

  publish(publish: Publish): Promise<PublishResult> {
    return this.#storing(publish.kind, () => this.#log.publish(publish));
  }

  control(change: ControlChange, author: ControlAuthor): Promise<ControlResult> {
    return this.#storing(change.kind, () => this.#log.control(change, author));
  }

  async subscribe(room: string): Promise<void> {
    await this.#asking(this.#bus.subscribe(room));
  }

  unsubscribe(room: string): void {
    this.#bus.unsubscribe(room);
    this.others.unsubscribed(room);
  }

  head(room: string): Promise<Position> {
    return this.#asking(this.#log.head(room));
  }

  heads(rooms: readonly string[]): Promise<readonly Position[]> {
    return this.#asking(this.#log.heads(rooms));
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
    this.#secret = await this.#asking(this.#keepSecret(made));
    return new Uint8Array(Buffer.from(this.#secret, "base64"));
  }

  /** To a Redis that comes back empty. */
  #restoreSecret(): void {
    if (this.#secret !== null) this.#keepSecret(this.#secret).catch(() => {});
  }

  async #keepSecret(secret: string): Promise<string> {
    const name = this.#keys.installSecret;
    await this.#scripts.call("SET", name, secret, "NX");
    return String((await this.#scripts.call("GET", name)) ?? secret);
  }

  /** Proves both connections: what one says, the other hears. */
  async probe(): Promise<void> {
    if (this.#isClosed) throw new EngineUnavailable("the engine is closed");
    await this.#preparation.again();
    const text = Bun.randomUUIDv7();
    await this.#bus.hearing(text, (channel) => this.#scripts.call("PUBLISH", channel, text));
    this.#report(null);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await within(closeMs, this.others.close(), "saying goodbye").catch(() => {});
    this.#isClosed = true;
    await within(closeMs, this.#scripts.idle(), "storing what waits").catch(() => {});
    this.#connections.close();
  }

  /** Never rejects. */
  async #storing<T>(what: string, store: () => Promise<T>): Promise<T | typeof unavailable> {
    if (this.#isClosed || !this.#preparation.isDone) return unavailable;
    try {
      return await store();
    } catch (error) {
      this.#refusals.refused(what, error);
      return unavailable;
    }
  }

  async #asking<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.#refusals.refused("read", error);
      throw new EngineUnavailable(String(error));
    }
  }

  #report(fault: Error | null): void {
    const isChange = (fault === null) !== (this.#fault === null);
    this.#fault = fault;
    if (isChange && !this.#isClosed) this.#listener?.availabilityChanged(fault);
  }
}

export async function openRedisEngine(options: RedisEngineOptions): Promise<Engine> {
  const engine = new RedisEngine(options);
  await engine.start();
  if (await engine.isFirstUse().catch(() => false)) options.onFirstUse?.();
  return engine;
}

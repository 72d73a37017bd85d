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
import {
  type ControlAuthor,
  type ControlChange,
  type ControlResult,
  controlRoom,
  type PageBounds,
  type ReactorBounds,
  type Seen,
} from "../chat/engine-people.ts";
import type { ReadRedisFigures } from "../telemetry/store-metrics.ts";
import { EngineUnusable } from "./engine-unusable.ts";
import { RedisKeys } from "./keys.ts";
import { openNodes } from "./open-nodes.ts";
import type { NodeAddress } from "./redis-address.ts";
import { RedisAvailability } from "./redis-availability.ts";
import { RedisBus } from "./redis-bus.ts";
import { readRedisFigures } from "./redis-figures.ts";
import { RedisInstallSecret } from "./redis-install-secret.ts";
import { type InstancesOptions, RedisInstances } from "./redis-instances.ts";
import { RedisLog } from "./redis-log.ts";
import type { RedisLogOptions } from "./redis-log-arguments.ts";
import { describeNodes, type NodesListener, type RedisNodes } from "./redis-nodes.ts";
import { RedisPeople } from "./redis-people.ts";
import { RedisScripts } from "./redis-scripts.ts";
import type { RedisAck } from "./redis-settings.ts";
import { RefusalWarnings } from "./refusal-warnings.ts";
import { within } from "./within.ts";

export interface RedisEngineOptions extends RedisLogOptions, InstancesOptions {
  readonly url: string;
  readonly prefix: string;
  readonly ack: RedisAck;
  /** Where a node of a cluster is that the cluster calls so; by default there. */
  reach?(address: NodeAddress): NodeAddress;
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

/** What instances share, in Redis: at each of its nodes one connection for commands, one that listens. */
class RedisEngine implements Engine {
  readonly name = "redis";
  readonly others: RedisInstances;
  readonly #nodes: RedisNodes;
  readonly #keys: RedisKeys;
  readonly #scripts: RedisScripts;
  readonly #log: RedisLog;
  readonly #people: RedisPeople;
  readonly #bus: RedisBus;
  readonly #refusals: RefusalWarnings;
  readonly #availability: RedisAvailability;
  readonly #secret: RedisInstallSecret;
  #listener: EngineListener | null = null;
  #isClosed = false;

  constructor(options: RedisEngineOptions) {
    const { prefix, ack, instance, onWarning = () => {}, ...retention } = options;
    this.#keys = new RedisKeys(prefix);
    this.#nodes = openNodes({ ...options, name: `${prefix}:${instance}` }, this.#heard(onWarning));
    this.#scripts = new RedisScripts(this.#nodes);
    this.#log = new RedisLog(this.#scripts, this.#keys, retention);
    this.#people = new RedisPeople(this.#scripts, this.#keys);
    this.#secret = new RedisInstallSecret(this.#scripts, this.#keys);
    this.#refusals = new RefusalWarnings(onWarning);
    this.#bus = new RedisBus(this.#nodes, this.#keys, instance, {
      stored: (log, events) => this.#listener?.stored(log, events),
      news: (log, text) => this.others.heard(log, text),
      unreadable: () => this.#refusals.note("a message on the bus cannot be read"),
    });
    const parts = { scripts: this.#scripts, bus: this.#bus, refusals: this.#refusals, keys: this.#keys };
    this.#availability = new RedisAvailability({
      ...parts,
      nodes: this.#nodes,
      changed: (fault) => this.#isClosed || this.#listener?.availabilityChanged(fault),
    });
    this.others = new RedisInstances({ ...options, ...parts, control: this.control.bind(this) });
    options.onFigures?.(() => readRedisFigures(this.#commands, ack));
  }

  #heard(warned: (message: string) => void): NodesListener {
    return {
      added: (node) => this.#bus.join(node),
      listening: (node) => this.#bus.start(node),
      prepared: () => this.#secret.restore(),
      moved: () => this.#bus.follow(),
      lost: () => this.others.lost(),
      failed: (error, node) => this.#availability.failed(error, node),
      warned,
    };
  }

  get #commands() {
    return this.#nodes.all.map(({ connections }) => connections.commands);
  }

  /** Resolves when Redis is there, or after a while if it is not. Rejects with EngineUnusable. */
  async start(): Promise<void> {
    await within(startMs, this.#nodes.start(), "connecting to Redis").catch((error) => {
      if (error instanceof EngineUnusable) this.#nodes.close();
      if (error instanceof EngineUnusable) throw error;
      this.#availability.report(error as Error);
    });
    await this.others.start();
  }

  /** Whether no server has used this Redis before. */
  async isFirstUse(): Promise<boolean> {
    return (await this.#scripts.call("SET", this.#keys.firstUse, Date.now(), "NX")) === "OK";
  }

  get connections(): EngineConnections {
    return describeNodes(this.#nodes.all, this.#bus.channelCount);
  }

  listen(listener: EngineListener): void {
    this.#listener = listener;
    const { fault } = this.#availability;
    if (fault !== null) listener.availabilityChanged(fault);
  }

  publish(publish: Publish): Promise<PublishResult> {
    return this.#storing(publish.kind, publish.room, () => this.#log.publish(publish));
  }

  control(change: ControlChange, author: ControlAuthor): Promise<ControlResult> {
    return this.#storing(change.kind, controlRoom, () => this.#log.control(change, author));
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

  heads(rooms: readonly string[]): Promise<readonly (Position | undefined)[]> {
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

  installSecret(): Promise<Uint8Array> {
    return this.#asking(this.#secret.read());
  }

  /** What is said at each node is heard there. */
  async probe(): Promise<void> {
    if (this.#isClosed) throw new EngineUnavailable("the engine is closed");
    await this.#availability.probe();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await within(closeMs, this.others.close(), "saying goodbye").catch(() => {});
    this.#isClosed = true;
    await within(closeMs, this.#scripts.idle(), "storing what waits").catch(() => {});
    this.#nodes.close();
  }

  /** Never rejects. */
  async #storing<T>(what: string, log: string, store: () => Promise<T>): Promise<T | typeof unavailable> {
    const node = this.#nodes.nodeOf(this.#keys.meta(log));
    if (this.#isClosed || node?.isPrepared !== true) return unavailable;
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
}

export async function openRedisEngine(options: RedisEngineOptions): Promise<Engine> {
  const engine = new RedisEngine(options);
  await engine.start();
  if (await engine.isFirstUse().catch(() => false)) options.onFirstUse?.();
  return engine;
}

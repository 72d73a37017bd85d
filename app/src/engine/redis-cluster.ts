import { slotCount, slotOfKey } from "./key-slot.ts";
import {
  type ClusterAddress,
  type ConnectionOptions,
  type NodeAddress,
  readAddress,
} from "./redis-address.ts";
import type { Question } from "./redis-call-queue.ts";
import { RedisClusterCalls } from "./redis-cluster-calls.ts";
import { type NodeListener, RedisNode } from "./redis-node.ts";
import { inGroups, type NodesListener, type RedisNodes, type RedisWords } from "./redis-nodes.ts";
import { keysMax, type NodesOptions } from "./redis-single.ts";
import { addressOf, askTopology, askTopologyAt, type SlotRange } from "./redis-topology.ts";

/** Between two looks where everything is: when all seems well, when a node is missing, and at least. */
const lookMs = { well: 5000, missing: 500, least: 100 };
/** A node that ended subscriptions is asked for all of them again, at most so often, ms. */
const listenAgainMs = 1000;
/** Of one script. */
const slotsAtOnce = 64;
const runsMax = 1000;
/** Since then there is sharded pub/sub. */
const versionMin = 7;

export interface ClusterOptions extends NodesOptions {
  readonly cluster: ClusterAddress;
  /** Where a node is that the cluster calls so. */
  reach?(address: NodeAddress): NodeAddress;
}

/** The masters of a Redis Cluster, each with two connections of its own. */
export class RedisCluster implements RedisNodes {
  readonly words: RedisWords = { publish: "SPUBLISH", subscribe: "ssubscribe", unsubscribe: "sunsubscribe" };
  readonly #options: ClusterOptions;
  readonly #listener: NodesListener;
  readonly #calls: RedisClusterCalls;
  readonly #nodes = new Map<string, RedisNode>();
  #slots: (RedisNode | null)[] = Array(slotCount).fill(null);
  /** Of each node, as it was when it was last used: what another run holds may be older. */
  readonly #runs = new Set<string>();
  readonly #listensAgain = new Set<RedisNode>();
  #looking: Promise<void> | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #next: Timer | null = null;
  #turn = 0;
  /** Whoever listens was not told yet. */
  #isMoved = false;
  #isClosed = false;

  constructor(options: ClusterOptions, listener: NodesListener) {
    this.#options = options;
    this.#listener = listener;
    this.#calls = new RedisClusterCalls({
      nodeAt: (slot) => this.#slots[slot] ?? null,
      moved: (slot, address) => this.#moved(slot, address),
    });
  }

  get all(): readonly RedisNode[] {
    return [...this.#nodes.values()];
  }

  nodeOf(key: string): RedisNode | null {
    return this.#slots[slotOfKey(key)] ?? null;
  }

  call(about: string, question: Question, isUrgent: boolean): Promise<unknown> {
    return this.#calls.call(about, question, isUrgent);
  }

  rounds(keys: readonly string[]): number[][][] {
    const bySlot = Map.groupBy(keys.keys(), (place) => slotOfKey(keys[place] as string));
    const groups = [...bySlot.values()].flatMap((places) => inGroups(places, keysMax));
    return inGroups(groups, slotsAtOnce);
  }

  async start(): Promise<void> {
    while (this.#nodes.size === 0 && !this.#isClosed) await this.refresh();
    await Promise.all(this.all.map((node) => node.start()));
  }

  idle(): Promise<void> {
    return this.#calls.idle();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#next !== null) clearTimeout(this.#next);
    for (const node of this.all) node.close();
  }

  /** Never rejects. */
  refresh(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
      this.#lookLater();
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const pauseMs = this.#lookedAt + lookMs.least - performance.now();
    if (pauseMs > 0) await Bun.sleep(pauseMs);
    this.#lookedAt = performance.now();
    try {
      const ranges = await this.#ask();
      if (!this.#isClosed) this.#use(ranges);
    } catch (error) {
      if (!this.#isClosed) this.#listener.failed(error as Error, null);
    }
  }

  #lookLater(): void {
    if (this.#next !== null) clearTimeout(this.#next);
    const isWell = !this.#slots.includes(null) && this.all.every(({ isPrepared }) => isPrepared);
    if (!this.#isClosed)
      this.#next = setTimeout(() => void this.refresh(), isWell ? lookMs.well : lookMs.missing);
  }

  /** Whoever answers first of those that are connected, in turn; else of all that were ever heard of. */
  async #ask(): Promise<readonly SlotRange[]> {
    this.#turn += 1;
    const connected = this.all.filter(({ isPrepared }) => isPrepared);
    const first = connected.at(this.#turn % Math.max(1, connected.length));
    if (first !== undefined) {
      const ranges = await askTopology(first.connections.commands, first.address).catch(() => null);
      if (ranges !== null) return ranges;
    }
    const seeds = this.#options.cluster.seeds.map(addressOf);
    const asked = [...new Set([...this.#nodes.keys(), ...seeds])];
    return await firstOf(asked, (address) => askTopologyAt(this.#targetAt(address), address));
  }

  #use(ranges: readonly SlotRange[]): void {
    const before = this.#slots;
    const wasMoved = this.#isMoved;
    this.#isMoved = false;
    this.#slots = Array(slotCount).fill(null);
    for (const { first, last, address } of ranges) this.#slots.fill(this.#nodeAt(address), first, last + 1);
    const used = new Set(this.#slots);
    for (const node of this.all) if (!used.has(node)) this.#drop(node);
    if (wasMoved || this.#slots.some((node, slot) => node !== before[slot])) this.#listener.moved();
  }

  #moved(slot: number, address: string): void {
    if (this.#isClosed || this.#slots[slot]?.address === address) return;
    this.#slots[slot] = this.#nodeAt(address);
    this.#isMoved = true;
    void this.refresh();
  }

  #nodeAt(address: string): RedisNode {
    const known = this.#nodes.get(address);
    if (known !== undefined) return known;
    const { name, ack } = this.#options;
    const node = new RedisNode(address, {
      target: this.#targetAt(address),
      name,
      ack,
      versionMin,
      listener: this.#heard,
    });
    this.#nodes.set(address, node);
    this.#listener.added(node);
    node.start().catch(() => {});
    return node;
  }

  #targetAt(address: string): ConnectionOptions {
    const { cluster, reach = (same) => same } = this.#options;
    return { ...cluster.options, ...reach(readAddress(address)) };
  }

  /** Whoever has its slots now may have them empty, as where an operator gave up a dead node. */
  #drop(node: RedisNode): void {
    this.#nodes.delete(node.address);
    node.close();
    this.#listener.lost();
  }

  readonly #heard: NodeListener = {
    failed: (error, node) => {
      if (this.#isClosed || this.#nodes.get(node.address) !== node) return;
      this.#listener.failed(error, node);
      void this.refresh();
    },
    warned: (message, { address }) => this.#listener.warned(`${address}: ${message}`),
    prepared: (node) => this.#prepared(node),
    listening: (node) => this.#listener.listening(node),
    displaced: (node) => this.#displaced(node),
  };

  /** A node that is new has taken over from another, which may have known more. */
  #prepared({ address, run }: RedisNode): void {
    const known = `${address} ${run}`;
    const isNew = !this.#runs.has(known);
    if (this.#runs.size >= runsMax) this.#runs.clear();
    this.#runs.add(known);
    if (isNew) this.#listener.lost();
    this.#listener.prepared();
  }

  /** What it has ended of itself it may have to be asked for again: its slot is elsewhere, or was for a moment. */
  #displaced(node: RedisNode): void {
    void this.refresh();
    if (this.#listensAgain.has(node)) return;
    this.#listensAgain.add(node);
    setTimeout(() => {
      this.#listensAgain.delete(node);
      if (this.#nodes.get(node.address) === node && node.isConnected)
        this.#listener.listening(node).catch(() => {});
    }, listenAgainMs);
  }
}

/** The first answer; if there is none, why the first who was asked gave none. */
async function firstOf<T>(asked: readonly string[], ask: (address: string) => Promise<T>): Promise<T> {
  try {
    return await Promise.any(asked.map(ask));
  } catch (error) {
    const [reason] = (error as AggregateError).errors as [Error];
    throw new Error(`no node of the cluster can be asked; ${asked[0]}: ${reason.message}`);
  }
}

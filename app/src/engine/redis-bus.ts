import type { StoredEvent } from "../chat/engine.ts";
import { decodeBusMessage } from "./envelope.ts";
import { slotOfKey } from "./key-slot.ts";
import type { RedisKeys } from "./keys.ts";
import { reconnect } from "./redis-connections.ts";
import type { RedisNode } from "./redis-node.ts";
import { inGroups, type RedisNodes } from "./redis-nodes.ts";
import { answerMs } from "./redis-pipe.ts";
import { within } from "./within.ts";

interface BusListener {
  stored(log: string, events: readonly StoredEvent[]): void;
  /** What is no event. Null: on the instance's own channel. */
  news(log: string | null, text: string): void;
  /** A message that could not be read; what it was about is read from the log. */
  unreadable(): void;
}

/** Of one command. */
const channelsMax = 1000;
/** A subscriber that has missed so many in a row hears nothing, whatever it looks like. */
const missedMax = 3;
/** Names of which one has a slot of a node, unless that has next to none. */
const canariesMax = 50_000;

/** What the subscriber connections hear. What came with one read of a socket is told at once, log by log. */
export class RedisBus {
  readonly #nodes: RedisNodes;
  readonly #keys: RedisKeys;
  readonly #instance: string;
  readonly #listener: BusListener;
  /** Channels, and where they are listened to. Outlives connections. What still comes of others is not told. */
  readonly #subscribed = new Map<string, RedisNode | null>();
  /** Where an instance hears itself, at each node. */
  readonly #canaries = new Map<RedisNode, string>();
  readonly #missed = new WeakMap<RedisNode, number>();
  #heard = new Map<string, StoredEvent[]>();
  #awaited: { readonly text: string; readonly resolve: () => void }[] = [];

  constructor(nodes: RedisNodes, keys: RedisKeys, instance: string, listener: BusListener) {
    this.#nodes = nodes;
    this.#keys = keys;
    this.#instance = instance;
    this.#listener = listener;
    this.#subscribed.set(keys.canary(instance), null);
  }

  /** Before it connects. */
  join(node: RedisNode): void {
    for (const event of ["message", "smessage"])
      node.connections.subscriber.on(event, (channel: string, text: string) => this.#hear(channel, text));
  }

  get channelCount(): number {
    return this.#subscribed.size - 1;
  }

  /** On a new connection: listens again, before anybody else asks for anything. The canary proves the rest. */
  async start(node: RedisNode): Promise<void> {
    this.#canaries.delete(node);
    const channels = [...this.#subscribed.keys()].filter((channel) => this.#nodes.nodeOf(channel) === node);
    await this.#listen(node, channels);
  }

  /** Keys are elsewhere than they were. A node that does not answer now is asked once it is connected again. */
  follow(): void {
    const elsewhere = [...this.#subscribed].filter(([channel, at]) => this.#nodes.nodeOf(channel) !== at);
    const byNode = Map.groupBy(elsewhere, ([channel]) => this.#nodes.nodeOf(channel));
    for (const [node, moved] of byNode)
      if (node?.connections.status.subscriberConnected)
        this.#listen(
          node,
          moved.map(([channel]) => channel),
        ).catch(() => {});
  }

  async #listen(node: RedisNode, channels: readonly string[]): Promise<void> {
    const { subscriber } = node.connections;
    const ask = async (some: readonly string[]) => {
      await this.#answered(subscriber[this.#nodes.words.subscribe](...some));
      for (const channel of some) if (this.#subscribed.has(channel)) this.#subscribed.set(channel, node);
    };
    await Promise.all(this.#together(channels).map(ask));
  }

  /** What one command may name. */
  #together(channels: readonly string[]): string[][] {
    if (this.#nodes.words.subscribe === "subscribe") return inGroups(channels, channelsMax);
    const bySlot = Map.groupBy(channels, slotOfKey);
    return [...bySlot.values()].flatMap((some) => inGroups(some, channelsMax));
  }

  async subscribe(log: string): Promise<void> {
    const channel = this.#keys.channel(log);
    const deadline = performance.now() + answerMs;
    for (let node = this.#nodes.nodeOf(channel); ; node = this.#nodes.nodeOf(channel)) {
      if (node === null) throw new Error("no node of the cluster has this slot");
      const error = await this.#subscribeAt(node, channel);
      if (error === null && this.#nodes.nodeOf(channel) === node) return;
      if (error !== null && !(error.message.startsWith("MOVED") && performance.now() < deadline)) throw error;
      await this.#nodes.refresh();
    }
  }

  async #subscribeAt(node: RedisNode, channel: string): Promise<Error | null> {
    try {
      await this.#answered(node.connections.subscriber[this.#nodes.words.subscribe](channel));
      this.#subscribed.set(channel, node);
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  isSubscribed(log: string): boolean {
    return this.#subscribed.has(this.#keys.channel(log));
  }

  /** Fire and forget: a connection that is gone has no subscriptions. */
  unsubscribe(log: string): void {
    const channel = this.#keys.channel(log);
    const node = this.#subscribed.get(channel) ?? this.#nodes.nodeOf(channel);
    this.#subscribed.delete(channel);
    node?.connections.subscriber[this.#nodes.words.unsubscribe](channel).catch(() => {});
  }

  /** A command whose connection is lost is never settled. */
  #answered<T>(answer: Promise<T>): Promise<T> {
    return within(answerMs, answer, "Redis' answer to a subscription");
  }

  /** Resolves when this text was heard that was said through a node. */
  async hearing(
    node: RedisNode,
    text: string,
    publish: (channel: string) => Promise<unknown>,
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const awaited = { text, resolve };
    this.#awaited.push(awaited);
    try {
      await publish(await this.#canaryAt(node));
      await this.#heardInTime(node, promise);
    } finally {
      this.#awaited = this.#awaited.filter((each) => each !== awaited);
    }
  }

  async #canaryAt(node: RedisNode): Promise<string> {
    const known = this.#canaries.get(node);
    if (known !== undefined && this.#nodes.nodeOf(known) === node) return known;
    const channel = this.#nameCanaryAt(node);
    if (!this.#subscribed.has(channel)) await this.#listen(node, [channel]);
    for (const each of this.#canaries.keys())
      if (!this.#nodes.all.includes(each)) this.#canaries.delete(each);
    this.#canaries.set(node, channel);
    return channel;
  }

  /** Of the channels on which this instance may hear itself, the first that is there. */
  #nameCanaryAt(node: RedisNode): string {
    for (let number = 0; number < canariesMax; number += 1) {
      const channel = this.#keys.canary(this.#instance, number);
      if (this.#nodes.nodeOf(channel) === node) return channel;
    }
    throw new Error("the node has no slots");
  }

  async #heardInTime(node: RedisNode, canary: Promise<void>): Promise<void> {
    try {
      await within(answerMs, canary, "the canary on the bus");
      this.#missed.set(node, 0);
    } catch (error) {
      const missed = (this.#missed.get(node) ?? 0) + 1;
      this.#missed.set(node, missed);
      if (missed % missedMax === 0) reconnect(node.connections.subscriber);
      throw error;
    }
  }

  #hear(channel: string, text: string): void {
    const log = this.#keys.logOf(channel);
    if (log !== null && !this.#subscribed.has(channel)) return;
    if (!beginsWithDigit(text)) return this.#listener.news(log, text);
    if (log === null) return this.#awaited.find((each) => each.text === text)?.resolve();
    const events = decodeBusMessage(text);
    if (events === null) return this.#listener.unreadable();
    if (this.#heard.size === 0) queueMicrotask(() => this.#tell());
    const before = this.#heard.get(log);
    if (before === undefined) this.#heard.set(log, events);
    else before.push(...events);
  }

  #tell(): void {
    const heard = this.#heard;
    this.#heard = new Map();
    for (const [log, events] of heard) this.#listener.stored(log, events);
  }
}

/** Events do, and canaries; nothing else that instances tell each other. */
const beginsWithDigit = (text: string): boolean => /^\d/.test(text);

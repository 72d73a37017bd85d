import type { Redis } from "ioredis";
import type { StoredEvent } from "../chat/engine.ts";
import { decodeBusMessage } from "./envelope.ts";
import type { RedisKeys } from "./keys.ts";

interface BusListener {
  stored(log: string, events: readonly StoredEvent[]): void;
  /** A message that could not be read. */
  unreadable(error: unknown): void;
}

/** What the subscriber connection hears. What came with one read of the socket is told at once, log by log. */
export class RedisBus {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #canary: string;
  readonly #listener: BusListener;
  /** What still comes of a log that was unsubscribed is not told. */
  readonly #subscribed = new Set<string>();
  #heard = new Map<string, StoredEvent[]>();
  #awaited: { readonly text: string; readonly resolve: () => void }[] = [];

  constructor(redis: Redis, keys: RedisKeys, instance: string, listener: BusListener) {
    this.#redis = redis;
    this.#keys = keys;
    this.#canary = keys.canary(instance);
    this.#listener = listener;
    redis.on("message", (channel: string, text: string) => this.#hear(channel, text));
  }

  get channelCount(): number {
    return this.#subscribed.size;
  }

  async start(): Promise<void> {
    await this.#redis.subscribe(this.#canary);
  }

  async subscribe(log: string): Promise<void> {
    await this.#redis.subscribe(this.#keys.room(log).channel);
    this.#subscribed.add(log);
  }

  /** Fire and forget: a connection that is gone has no subscriptions. */
  unsubscribe(log: string): void {
    this.#subscribed.delete(log);
    this.#redis.unsubscribe(this.#keys.room(log).channel).catch(() => {});
  }

  /** Resolves when this text was heard on the instance's own channel. */
  async hearing(text: string, publish: (channel: string) => Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const awaited = { text, resolve };
    this.#awaited.push(awaited);
    try {
      await publish(this.#canary);
      await promise;
    } finally {
      this.#awaited = this.#awaited.filter((each) => each !== awaited);
    }
  }

  #hear(channel: string, text: string): void {
    const log = this.#keys.logOf(channel);
    if (log === null) return this.#awaited.find((each) => each.text === text)?.resolve();
    const event = this.#subscribed.has(log) ? this.#read(text) : null;
    if (event === null) return;
    if (this.#heard.size === 0) queueMicrotask(() => this.#tell());
    const events = this.#heard.get(log);
    if (events === undefined) this.#heard.set(log, [event]);
    else events.push(event);
  }

  #read(text: string): StoredEvent | null {
    try {
      return decodeBusMessage(text);
    } catch (error) {
      this.#listener.unreadable(error);
      return null;
    }
  }

  #tell(): void {
    const heard = this.#heard;
    this.#heard = new Map();
    for (const [log, events] of heard) this.#listener.stored(log, events);
  }
}

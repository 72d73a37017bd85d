import type { Redis } from "ioredis";
import type { StoredEvent } from "../chat/engine.ts";
import { decodeBusMessage } from "./envelope.ts";
import type { RedisKeys } from "./keys.ts";
import { reconnect } from "./redis-connections.ts";
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

/** What the subscriber connection hears. What came with one read of the socket is told at once, log by log. */
export class RedisBus {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #canary: string;
  readonly #listener: BusListener;
  /** Outlives connections. What still comes of a log that was unsubscribed is not told. */
  readonly #subscribed = new Set<string>();
  #heard = new Map<string, StoredEvent[]>();
  #awaited: { readonly text: string; readonly resolve: () => void }[] = [];
  #missed = 0;

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

  /** On a new connection: listens again, before anybody else asks for anything. The canary proves the rest. */
  async start(): Promise<void> {
    const channels = Array.from(this.#subscribed, (log) => this.#keys.channel(log)).concat(this.#canary);
    const chunks = Array.from({ length: Math.ceil(channels.length / channelsMax) }, (_, index) =>
      channels.slice(index * channelsMax, (index + 1) * channelsMax),
    );
    await this.#answered(Promise.all(chunks.map((chunk) => this.#redis.subscribe(...chunk))));
  }

  async subscribe(log: string): Promise<void> {
    await this.#answered(this.#redis.subscribe(this.#keys.channel(log)));
    this.#subscribed.add(log);
  }

  isSubscribed(log: string): boolean {
    return this.#subscribed.has(log);
  }

  /** Fire and forget: a connection that is gone has no subscriptions. */
  unsubscribe(log: string): void {
    this.#subscribed.delete(log);
    this.#redis.unsubscribe(this.#keys.channel(log)).catch(() => {});
  }

  /** A command whose connection is lost is never settled. */
  #answered<T>(answer: Promise<T>): Promise<T> {
    return within(answerMs, answer, "Redis' answer to a subscription");
  }

  /** Resolves when this text was heard on the instance's own channel. */
  async hearing(text: string, publish: (channel: string) => Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const awaited = { text, resolve };
    this.#awaited.push(awaited);
    try {
      await publish(this.#canary);
      await this.#heardInTime(promise);
    } finally {
      this.#awaited = this.#awaited.filter((each) => each !== awaited);
    }
  }

  async #heardInTime(canary: Promise<void>): Promise<void> {
    try {
      await within(answerMs, canary, "the canary on the bus");
      this.#missed = 0;
    } catch (error) {
      this.#missed += 1;
      if (this.#missed % missedMax === 0) reconnect(this.#redis);
      throw error;
    }
  }

  #hear(channel: string, text: string): void {
    const log = this.#keys.logOf(channel);
    if (log !== null && !this.#subscribed.has(log)) return;
    if (!beginsWithDigit(text)) return this.#listener.news(log, text);
    if (log === null) return this.#awaited.find((each) => each.text === text)?.resolve();
    const event = this.#read(text);
    if (event === null) return;
    if (this.#heard.size === 0) queueMicrotask(() => this.#tell());
    const events = this.#heard.get(log);
    if (events === undefined) this.#heard.set(log, [event]);
    else events.push(event);
  }

  #read(text: string): StoredEvent | null {
    const event = decodeBusMessage(text);
    if (event === null) this.#listener.unreadable();
    return event;
  }

  #tell(): void {
    const heard = this.#heard;
    this.#heard = new Map();
    for (const [log, events] of heard) this.#listener.stored(log, events);
  }
}

/** Events do, and canaries; nothing else that instances tell each other. */
const beginsWithDigit = (text: string): boolean => /^\d/.test(text);

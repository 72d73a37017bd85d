import { Redis } from "ioredis";
import type { EngineConnections } from "../chat/engine.ts";
import { type ConnectionOptions, sentinelOptions } from "./redis-address.ts";

/** A connection on which an answer is owed for so long is given up, and made anew. */
const silentMsMax = 3000;
const connectMsMax = 3000;
const retryMsMax = 1000;
const afterEndMs = 100;

/** A URL, or what ioredis is to be told of a node. */
export type RedisTarget = string | ConnectionOptions;

export interface ConnectionsListener {
  /** Either connection failed or was closed. */
  failed(error: Error): void;
}

/** One connection for commands, one that listens. Each comes back by itself, and keeps no command for later. */
export class RedisConnections {
  readonly commands: Redis;
  readonly subscriber: Redis;
  #isClosed = false;

  constructor(target: RedisTarget, name: string, listener: ConnectionsListener) {
    this.commands = connect(target, `${name}:commands`, listener);
    this.subscriber = connect(target, `${name}:subscriber`, listener);
    for (const redis of [this.commands, this.subscriber]) redis.on("end", () => this.#ended(redis));
  }

  get status(): Pick<EngineConnections, "publisherConnected" | "subscriberConnected"> {
    return {
      publisherConnected: this.commands.status === "ready",
      subscriberConnected: this.subscriber.status === "ready",
    };
  }

  /** Begins to connect, and goes on until `close`. */
  start(): void {
    for (const redis of [this.commands, this.subscriber]) redis.connect().catch(() => {});
  }

  /** ioredis gives up for ever where a Sentinel tells of a new master while it is asked for the old one. */
  #ended(redis: Redis): void {
    setTimeout(() => {
      if (!this.#isClosed) redis.connect().catch(() => {});
    }, afterEndMs);
  }

  close(): void {
    this.#isClosed = true;
    this.commands.disconnect();
    this.subscriber.disconnect();
  }
}

/** Ends a connection, which then comes back. A peer that says nothing would not answer a goodbye either. */
export function reconnect(redis: Redis): void {
  if (redis.status === "ready" || redis.status === "connect") redis.stream.destroy();
}

const options = {
  lazyConnect: true,
  // What is repeated is our decision.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  connectTimeout: connectMsMax,
  socketTimeout: silentMsMax,
  retryStrategy: (times: number) => Math.min(50 * 2 ** times, retryMsMax),
  // A master that has become a replica: its name may lead to another by now.
  reconnectOnError: ({ message }: Error) => message.startsWith("READONLY"),
};

function connect(target: RedisTarget, connectionName: string, { failed }: ConnectionsListener): Redis {
  const own = { ...options, connectionName };
  const told = typeof target === "string" ? sentinelOptions(target) : target;
  const redis = told === null ? new Redis(target as string, own) : new Redis({ ...own, ...told });
  let sentinelReason: Error | null = null;
  redis.on("sentinelError", (reason: Error) => {
    sentinelReason = reason;
  });
  redis.on("error", (error) => failed(isWithoutMaster(error) ? (sentinelReason ?? error) : error));
  redis.on("close", () => failed(new Error("the connection to Redis was closed")));
  return redis;
}

/** Of that error ioredis does not say why: a name that no Sentinel knows makes it, too. */
const isWithoutMaster = ({ message }: Error): boolean => message.startsWith("All sentinels are unreachable");

import { Redis } from "ioredis";
import type { EngineConnections } from "../chat/engine.ts";

/** An answer that takes longer is none. */
export const answerMs = 1000;
const retryMsMax = 1000;

export interface ConnectionsListener {
  /** Either connection failed or was closed. */
  failed(error: Error): void;
}

/** One connection for commands, one that listens. Each comes back by itself, and keeps no command for later. */
export class RedisConnections {
  readonly commands: Redis;
  readonly subscriber: Redis;

  constructor(url: string, name: string, listener: ConnectionsListener) {
    this.commands = connect(url, `${name}:commands`, true, listener);
    this.subscriber = connect(url, `${name}:subscriber`, false, listener);
  }

  get status(): Omit<EngineConnections, "subscribedChannels"> {
    return {
      publisherConnected: this.commands.status === "ready",
      subscriberConnected: this.subscriber.status === "ready",
    };
  }

  /** Begins to connect, and goes on until `close`. */
  start(): void {
    for (const redis of [this.commands, this.subscriber]) redis.connect().catch(() => {});
  }

  close(): void {
    this.commands.disconnect();
    this.subscriber.disconnect();
  }
}

function connect(
  url: string,
  connectionName: string,
  enableAutoPipelining: boolean,
  { failed }: ConnectionsListener,
): Redis {
  const redis = new Redis(url, {
    connectionName,
    enableAutoPipelining,
    lazyConnect: true,
    // What is repeated is our decision.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    commandTimeout: answerMs,
    retryStrategy: (times: number) => Math.min(50 * 2 ** times, retryMsMax),
  });
  redis.on("error", failed);
  redis.on("close", () => failed(new Error("the connection to Redis was closed")));
  return redis;
}

import type { Engine, EngineListener, StoredEvent } from "../../src/chat/engine.ts";
import { openRedisEngine, type RedisEngineOptions } from "../../src/engine/redis.ts";
import { RedisServer } from "../support/redis-server.ts";

/** A Redis, or several that are one. */
interface RedisPlace extends AsyncDisposable {
  readonly url: string;
}

/** What an engine object has heard, and is. */
export interface OpenEngine {
  readonly engine: Engine;
  readonly heard: StoredEvent[];
  /** Null where it came back. */
  readonly faults: (Error | null)[];
  readonly warnings: string[];
}

/** Engines of several instances on a real Redis. Ends them all with its block. */
export class RedisWorld<Place extends RedisPlace = RedisServer> implements AsyncDisposable {
  readonly server: Place;
  readonly #engines: Engine[] = [];

  constructor(server: Place) {
    this.server = server;
  }

  static async start(...options: string[]): Promise<RedisWorld> {
    return new RedisWorld(await RedisServer.start(...options));
  }

  async open(
    instance: string,
    options: Partial<RedisEngineOptions & EngineListener> = {},
  ): Promise<OpenEngine> {
    const [heard, faults, warnings]: [StoredEvent[], (Error | null)[], string[]] = [[], [], []];
    const engine = await openRedisEngine({
      url: this.server.url,
      prefix: "test",
      ack: "memory",
      instance,
      historyMessagesMax: 10_000,
      historyTtlMs: 0,
      onWarning: (message) => warnings.push(message),
      ...options,
    });
    this.#engines.push(engine);
    engine.listen({
      stored: (_room, events) => heard.push(...events),
      availabilityChanged: (fault) => faults.push(fault),
    });
    return { engine, heard, faults, warnings };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.close()));
    await this.server[Symbol.asyncDispose]();
  }
}

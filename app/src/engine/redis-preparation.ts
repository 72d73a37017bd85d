import type { Redis } from "ioredis";
import { EngineUnusable } from "./engine-unusable.ts";
import { reconnect } from "./redis-connections.ts";
import { answerMs } from "./redis-pipe.ts";
import { checkSettings, type RedisAck } from "./redis-settings.ts";
import { within } from "./within.ts";

interface PreparationParts {
  readonly redis: Redis;
  readonly ack: RedisAck;
  /** Major version; undefined: any. */
  readonly versionMin?: number | undefined;
  loadScripts(): Promise<void>;
  warned(message: string): void;
  failed(error: Error): void;
  /** Something that was known before has to be there again. */
  prepared(): void;
}

/** What each new connection is told and asked before it is used, so that no ack promises what this Redis does not keep. */
export class RedisPreparation {
  readonly #parts: PreparationParts;
  #isDone = false;
  #run = "";
  /** Why nothing may be stored there, although it answers. */
  #unusable: EngineUnusable | null = null;

  constructor(parts: PreparationParts) {
    this.#parts = parts;
  }

  /** Whether the present connection may be used. */
  get isDone(): boolean {
    return this.#isDone;
  }

  get run(): string {
    return this.#run;
  }

  /** Resolves when a connection may be used for the first time. Rejects with EngineUnusable if the first may never be. */
  watch(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { redis } = this.#parts;
    redis.on("ready", () => void this.#prepare().then(resolve, (error) => this.#failed(error, reject)));
    redis.on("close", () => {
      this.#isDone = false;
    });
    return promise;
  }

  /** Asks again: what was wrong may have been put right. */
  async again(): Promise<void> {
    if (this.#unusable !== null) await this.#prepare();
  }

  async #prepare(): Promise<void> {
    const { redis, ack, versionMin = 0, loadScripts, warned, prepared } = this.#parts;
    if (versionMin > 0) await within(answerMs, checkVersion(redis, versionMin), "Redis' version");
    const warnings = await within(answerMs, checkSettings(redis, ack), "Redis' settings");
    this.#run = await within(answerMs, readRun(redis), "which run of Redis this is");
    await loadScripts();
    this.#unusable = null;
    this.#isDone = true;
    for (const warning of warnings) warned(warning);
    prepared();
  }

  #failed(error: Error, reject: (error: EngineUnusable) => void): void {
    this.#parts.failed(error);
    if (!(error instanceof EngineUnusable)) return reconnect(this.#parts.redis);
    this.#unusable = error;
    this.#parts.warned(error.message);
    reject(error);
  }
}

/** Throws EngineUnusable where Redis is older. */
export async function checkVersion(redis: Pick<Redis, "info">, versionMin: number): Promise<void> {
  const version = /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "";
  if (Number.parseInt(version, 10) < versionMin)
    throw new EngineUnusable(
      `Redis ${version}: a cluster needs version ${versionMin}, for its sharded pub/sub`,
    );
}

/** Another one wherever it starts, or takes over as master. */
const readRun = async (redis: Redis): Promise<string> =>
  /master_replid:(\w+)/.exec(await redis.info("replication"))?.[1] ?? "";

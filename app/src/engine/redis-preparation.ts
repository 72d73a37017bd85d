import { EngineUnusable } from "./engine-unusable.ts";
import type { RedisBus } from "./redis-bus.ts";
import { type RedisConnections, reconnect } from "./redis-connections.ts";
import { answerMs } from "./redis-pipe.ts";
import type { RedisScripts } from "./redis-scripts.ts";
import { checkSettings, type RedisAck } from "./redis-settings.ts";
import { within } from "./within.ts";

interface PreparationParts {
  readonly connections: RedisConnections;
  readonly scripts: RedisScripts;
  readonly bus: RedisBus;
  readonly ack: RedisAck;
  onWarning(message: string): void;
  onFault(error: Error): void;
  /** Something that was known before has to be there again. */
  onPrepared(): void;
}

/** What each new connection is told and asked before it is used, so that no ack promises what this Redis does not keep. */
export class RedisPreparation {
  readonly #parts: PreparationParts;
  #isDone = false;
  /** Why nothing may be stored there, although it answers. */
  #unusable: EngineUnusable | null = null;

  constructor(parts: PreparationParts) {
    this.#parts = parts;
  }

  /** Whether the present connection may be used. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Resolves when a connection may be used for the first time. Rejects with EngineUnusable if the first may never be. */
  watch(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { commands, subscriber } = this.#parts.connections;
    commands.on("ready", () => void this.#prepare().then(resolve, (error) => this.#failed(error, reject)));
    commands.on("close", () => {
      this.#isDone = false;
    });
    subscriber.on("ready", () => {
      this.#parts.bus.start().catch(() => reconnect(subscriber));
    });
    return promise;
  }

  /** Asks again: what was wrong may have been put right. */
  async again(): Promise<void> {
    if (this.#unusable !== null) await this.#prepare();
  }

  async #prepare(): Promise<void> {
    const { connections, scripts, ack, onWarning, onPrepared } = this.#parts;
    const warnings = await within(answerMs, checkSettings(connections.commands, ack), "Redis' settings");
    await scripts.load();
    this.#unusable = null;
    this.#isDone = true;
    for (const warning of warnings) onWarning(warning);
    onPrepared();
  }

  #failed(error: Error, reject: (error: EngineUnusable) => void): void {
    this.#parts.onFault(error);
    if (!(error instanceof EngineUnusable)) return reconnect(this.#parts.connections.commands);
    this.#unusable = error;
    this.#parts.onWarning(error.message);
    reject(error);
  }
}

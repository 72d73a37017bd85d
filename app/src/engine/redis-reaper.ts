import type { RedisKeys } from "./keys.ts";
import type { RedisLeases } from "./redis-leases.ts";
import type { RedisPresence } from "./redis-presence.ts";
import type { RedisScripts } from "./redis-scripts.ts";
import type { RedisSessions } from "./redis-sessions.ts";

/** How long one instance may take to clear away after another, before somebody else tries, ms. */
const lockMs = 10_000;

interface ReaperSurroundings {
  readonly scripts: RedisScripts;
  readonly keys: RedisKeys;
  readonly leases: RedisLeases;
  readonly sessions: Pick<RedisSessions, "clear">;
  readonly presence: Pick<RedisPresence, "clear">;
}

/** Clears away what was said under leases that are over. Doing so twice does no harm. */
export class RedisReaper {
  readonly #around: ReaperSurroundings;
  readonly #clearing = new Set<string>();

  constructor(around: ReaperSurroundings) {
    this.#around = around;
  }

  /** Unless somebody is at it. Rejects where Redis does. */
  async clear(lease: string): Promise<void> {
    if (this.#clearing.has(lease)) return;
    this.#clearing.add(lease);
    try {
      if (await this.#lock(lease)) await this.#clear(lease);
    } finally {
      this.#clearing.delete(lease);
    }
  }

  async #lock(lease: string): Promise<boolean> {
    const { scripts, keys, leases } = this.#around;
    const owner = leases.current ?? "";
    return (await scripts.call("set", keys.reaperOf(lease), owner, "NX", "PX", lockMs)) === "OK";
  }

  async #clear(lease: string): Promise<void> {
    const { scripts, keys, leases, sessions, presence } = this.#around;
    await presence.clear(lease);
    await sessions.clear(lease);
    await this.#remove(lease);
    await scripts.call("del", keys.reaperOf(lease));
    leases.forget(lease);
  }

  /** Of this instance, which ends: what is not empty is for another to clear away. */
  async end(lease: string, isEmpty: boolean): Promise<void> {
    const { scripts, keys } = this.#around;
    if (isEmpty) await this.#remove(lease);
    else await scripts.call("zadd", keys.leases, "XX", 0, lease);
  }

  async #remove(lease: string): Promise<void> {
    const { scripts, keys } = this.#around;
    await scripts.call("zrem", keys.leases, lease);
    await scripts.call("hdel", keys.saidOfLeases, lease);
  }
}

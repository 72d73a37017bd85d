import type { RedisKeys } from "./keys.ts";
import type { RedisScripts } from "./redis-scripts.ts";

/** Whose sessions are counted; `address` null: by user only. */
export interface Counted {
  readonly userId: string;
  readonly address: string | null;
}

export interface CountLimits {
  readonly userSessionsMax: number;
  readonly addressSessionsMax: number;
}

type Reserved = readonly [isAllowed: 0 | 1, wasHere: 0 | 1];

export interface Reservation {
  readonly code: "connection_limit_ip" | "connection_limit_user" | null;
  /** What counts the session now, and did not before. */
  readonly added: readonly string[];
}

export const noLimits: CountLimits = { userSessionsMax: 0, addressSessionsMax: 0 };

type Lives = () => readonly (string | number)[];

/** How many sessions each user and each address has on all instances, in a key each. Rejects where Redis does. */
export class RedisSessionCounts {
  readonly #scripts: RedisScripts;
  readonly #keys: RedisKeys;
  readonly #lives: Lives;

  constructor(scripts: RedisScripts, keys: RedisKeys, lives: Lives) {
    this.#scripts = scripts;
    this.#keys = keys;
    this.#lives = lives;
  }

  /** A session that counts already is not one more. */
  async reserve(
    lease: string,
    connectionId: string,
    { userId, address }: Counted,
    { userSessionsMax, addressSessionsMax }: CountLimits,
    isTrial = false,
  ): Promise<Reservation> {
    const ask = (key: string, max: number) =>
      this.#scripts.run(
        "reserve",
        [key],
        [connectionId, lease, max, isTrial ? "1" : "", ...this.#lives()],
      ) as Promise<Reserved>;
    const [userKey, addressKey] = this.#keysOf({ userId, address });
    const [ofUser, ofAddress] = await Promise.all([
      ask(userKey, userSessionsMax),
      addressKey === null ? uncounted : ask(addressKey, addressSessionsMax),
    ]);
    const added = [isNew(ofUser) ? userKey : null, isNew(ofAddress) ? addressKey : null];
    return { code: refusalIn(ofUser, ofAddress), added: added.filter((key) => key !== null) };
  }

  async cancel(lease: string, connectionId: string, { added }: Reservation): Promise<void> {
    await this.#drop(added, lease, connectionId);
  }

  async release(lease: string, connectionId: string, counted: Counted): Promise<void> {
    const keys = this.#keysOf(counted).filter((key) => key !== null);
    await this.#drop(keys, lease, connectionId);
  }

  /** The session's newest socket came from elsewhere. */
  async leaveAddress(leases: readonly string[], connectionId: string, address: string): Promise<void> {
    const fields = leases.map((lease) => lease + connectionId);
    await this.#scripts.call("hdel", this.#keys.sessionsAt(address), ...fields);
  }

  async countOf(userId: string): Promise<number> {
    const keys = [this.#keys.sessionsOf(userId)];
    return (await this.#scripts.run("countSessions", keys, this.#lives())) as number;
  }

  async #drop(keys: readonly string[], lease: string, connectionId: string): Promise<void> {
    await Promise.all(keys.map((key) => this.#scripts.call("hdel", key, lease + connectionId)));
  }

  #keysOf({ userId, address }: Counted): [string, string | null] {
    return [this.#keys.sessionsOf(userId), address === null ? null : this.#keys.sessionsAt(address)];
  }
}

const uncounted: Reserved = [1, 1];
const isNew = ([isAllowed, wasHere]: Reserved): boolean => isAllowed === 1 && wasHere === 0;

function refusalIn([ofUser]: Reserved, [ofAddress]: Reserved): Reservation["code"] {
  if (ofAddress === 0) return "connection_limit_ip";
  return ofUser === 0 ? "connection_limit_user" : null;
}

import type { SessionClaim } from "../chat/engine-instances.ts";
import type { ControlChange } from "../chat/engine-people.ts";
import type { RedisKeys } from "./keys.ts";
import type { RedisLeases } from "./redis-leases.ts";
import type { RedisScripts, ScriptName } from "./redis-scripts.ts";
import { type Counted, noLimits, RedisSessionCounts } from "./redis-session-counts.ts";

/** How long a session is kept for its user after its last socket. */
const keptMs = 60_000;
/** Sessions of a dead instance that are cleared away at a time. */
const clearedAtOnce = 200;

type SessionMoved = Extract<ControlChange, { kind: "session_moved" }>;
type TakeAnswer =
  | readonly ["session_taken"]
  | readonly ["taken", generation: number, messages: number, address: string, ...holders: string[]];
type ReleaseAnswer =
  | readonly []
  | readonly [user: string, address: string, heir: string, generation: number, ...holders: string[]];

/** A session with sockets under a lease; `address` null: is not counted. */
export interface Claimed extends Counted {
  /** Of the newest socket there. */
  readonly generation: number;
}

/** What a session was before it was taken. */
export interface Taken {
  readonly generation: number;
  readonly messageCount: number;
  /** Whether another instance has sockets of it. */
  readonly isElsewhere: boolean;
}

export interface SessionSurroundings {
  readonly scripts: RedisScripts;
  readonly keys: RedisKeys;
  readonly leases: RedisLeases;
  readonly instance: string;
  /** Enters it in the control log. False: it may not be there. */
  move(change: SessionMoved): Promise<boolean>;
  tellCount(instance: string, connectionId: string, count: number): void;
  failed(error: unknown): void;
}

/** The sessions of all instances in Redis: a key for each, one for each user, address and lease. Rejects where Redis does. */
export class RedisSessionStore {
  readonly counts: RedisSessionCounts;
  readonly #around: SessionSurroundings;

  constructor(around: SessionSurroundings) {
    this.#around = around;
    this.counts = new RedisSessionCounts(around.scripts, around.keys, () => around.leases.lives);
  }

  async read(connectionId: string) {
    const { scripts, keys } = this.#around;
    const key = keys.session(connectionId);
    const [userId, generation, messages] = (await scripts.call("hmget", key, "u", "g", "n")) as string[];
    return {
      userId: userId ?? null,
      generation: Number(generation ?? 0),
      messageCount: Number(messages ?? 0),
    };
  }

  /** Before anything else is said of it: who clears away after a dead instance finds it there. */
  async enter(lease: string, connectionId: string): Promise<void> {
    const { scripts, keys } = this.#around;
    await scripts.call("sadd", keys.sessionsUnder(lease), connectionId);
  }

  async strike(lease: string, connectionId: string): Promise<void> {
    const { scripts, keys } = this.#around;
    await scripts.call("srem", keys.sessionsUnder(lease), connectionId);
  }

  /** Null: it is somebody else's. */
  async take(lease: string, { connectionId, userId }: SessionClaim, counted: Counted): Promise<Taken | null> {
    const args = [userId, lease, counted.address ?? "", keptMs];
    const answer = (await this.#run("take", connectionId, args)) as TakeAnswer;
    if (answer[0] === "session_taken") return null;
    const [, generation, messageCount, address, ...holders] = answer;
    if (address !== "" && address !== counted.address)
      await this.counts.leaveAddress([lease, ...holders], connectionId, address);
    const isElsewhere = !holders.every((holder) => this.#around.leases.isOwn(holder));
    return { generation, messageCount, isElsewhere };
  }

  /** Nothing that was said of a session under a lease is so any more. `counted` null: as the session says. */
  async drop(lease: string, connectionId: string, counted: Counted | null, messages: number): Promise<void> {
    const answer = (await this.#run("release", connectionId, [lease, messages, keptMs])) as ReleaseAnswer;
    const [userId = "", address = "", heir = "", generation = 0, ...holders] = answer;
    await this.counts.release(lease, connectionId, counted ?? { userId, address: address || null });
    await this.strike(lease, connectionId);
    await this.#tellCount(holders, connectionId, messages);
    if (heir !== "") await this.#moveTo(heir, { userId, connectionId, generation });
  }

  /** Says again, under a new lease, what was said under the former one. */
  async restore(lease: string, former: string, connectionId: string, claimed: Claimed): Promise<void> {
    const { userId, address, generation } = claimed;
    const args = [userId, lease, address ?? "", generation, former];
    const [[holder, newest]] = (await Promise.all([
      this.#run("restore", connectionId, args),
      this.counts.reserve(lease, connectionId, claimed, noLimits),
      this.enter(lease, connectionId),
    ])) as unknown as [[string, number?]];
    const isAsBefore = holder === lease && newest === generation;
    if (newest !== undefined && !isAsBefore)
      await this.#moveTo(holder, { userId, connectionId, generation: newest });
  }

  /** Tells every instance with sockets of it. */
  async countMessages(connectionId: string, messages: number): Promise<void> {
    if (messages === 0) return;
    const holders = (await this.#around.scripts.run(
      "countMessages",
      [this.#around.keys.session(connectionId)],
      [messages],
    )) as string[];
    await this.#tellCount(holders, connectionId, messages);
  }

  /** Everything that was said under a lease is void. */
  async clear(lease: string): Promise<void> {
    const { scripts, keys } = this.#around;
    const some = () =>
      scripts.call("srandmember", keys.sessionsUnder(lease), clearedAtOnce) as Promise<string[]>;
    for (let ids = await some(); ids.length > 0; ids = await some())
      await Promise.all(ids.map((connectionId) => this.drop(lease, connectionId, null, 0)));
  }

  async #moveTo(lease: string, moved: Omit<SessionMoved, "kind" | "instance">): Promise<void> {
    const { leases, move } = this.#around;
    const instance = await leases.instanceOf(lease);
    if (instance !== undefined) await move({ kind: "session_moved", instance, ...moved });
  }

  async #tellCount(holders: readonly string[], connectionId: string, messages: number): Promise<void> {
    const { leases, tellCount } = this.#around;
    for (const lease of messages > 0 ? holders : []) {
      const instance = leases.isOwn(lease) ? undefined : await leases.instanceOf(lease);
      if (instance !== undefined) tellCount(instance, connectionId, messages);
    }
  }

  /** With who is live, which all of these ask about last. */
  #run(name: ScriptName, connectionId: string, args: readonly (string | number)[]): Promise<unknown> {
    const { scripts, keys, leases } = this.#around;
    return scripts.run(name, [keys.session(connectionId)], [...args, ...leases.lives]);
  }
}

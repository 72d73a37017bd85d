import { type Clock, systemClock } from "../chat/clock.ts";
import { EngineUnavailable } from "../chat/engine.ts";
import type {
  InstancesListener,
  OtherInstances,
  PresenceChange,
  SessionClaim,
  SessionVerdict,
} from "../chat/engine-instances.ts";
import type { ControlAuthor, ControlChange, ControlResult } from "../chat/engine-people.ts";
import type { User } from "../chat/identity.ts";
import { decodeNews, encodeCount, encodeTyping, type InstanceNews } from "./instance-news.ts";
import type { RedisKeys } from "./keys.ts";
import type { RedisBus } from "./redis-bus.ts";
import { type LeaseTimes, RedisLeases } from "./redis-leases.ts";
import { RedisPresence } from "./redis-presence.ts";
import { RedisPresenceReader } from "./redis-presence-reader.ts";
import { RedisReaper } from "./redis-reaper.ts";
import type { RedisScripts } from "./redis-scripts.ts";
import { RedisSessions } from "./redis-sessions.ts";
import type { RefusalWarnings } from "./refusal-warnings.ts";

export interface InstancesOptions {
  readonly instance: string;
  readonly clock?: Clock;
  readonly leaseTimes?: Partial<LeaseTimes>;
}

interface InstancesDependencies extends InstancesOptions {
  readonly scripts: RedisScripts;
  readonly keys: RedisKeys;
  readonly bus: Pick<RedisBus, "isSubscribed">;
  readonly refusals: Pick<RefusalWarnings, "refused" | "note">;
  control(change: ControlChange, author: ControlAuthor): Promise<ControlResult>;
}

/** What instances tell each other through Redis, each under a lease of its own. */
export class RedisInstances implements OtherInstances {
  readonly #deps: InstancesDependencies;
  readonly #leases: RedisLeases;
  readonly #sessions: RedisSessions;
  readonly #presence: RedisPresence;
  readonly #reader: RedisPresenceReader;
  readonly #reaper: RedisReaper;
  readonly #failed: (error: unknown) => void;
  #listener: InstancesListener | null = null;

  constructor(deps: InstancesDependencies) {
    const { scripts, keys, instance, clock = systemClock, leaseTimes = {} } = deps;
    const failed = (error: unknown) => deps.refusals.refused("session or presence", error);
    this.#deps = deps;
    this.#failed = failed;
    this.#leases = new RedisLeases(
      { scripts: scripts.urgent, keys, instance, clock, times: leaseTimes },
      {
        taken: (lease, former) => this.#restore(lease, former),
        gone: (lease) => this.#listener?.instanceGone(lease),
        left: (lease) => void this.#reaper.clear(lease).catch(failed),
        looked: () => this.#looked(),
        failed,
      },
    );
    const around = { scripts, keys, failed, leases: this.#leases };
    const urgent = { ...around, scripts: scripts.urgent };
    this.#sessions = new RedisSessions({
      ...urgent,
      instance,
      move: (change) => this.#move(change),
      tellCount: (to, id, count) => this.#tell(keys.canary(to), encodeCount(id, count)),
    });
    this.#presence = new RedisPresence(around);
    const lost = (room: string) => void this.#presence.restoreRoom(room);
    this.#reader = new RedisPresenceReader({ ...around, clock, lost }, () => this.#listener);
    this.#reaper = new RedisReaper({ ...urgent, sessions: this.#sessions, presence: this.#presence });
  }

  /** Takes a lease, or goes on trying. */
  async start(): Promise<void> {
    await this.#leases.start();
  }

  /** Says goodbye. What is left is for the others to clear away. */
  async close(): Promise<void> {
    this.#leases.stop();
    await this.#sessions.idle();
    const lease = this.#leases.current;
    const isEmpty = this.#sessions.isEmpty && this.#presence.isEmpty;
    if (lease !== null) await this.#reaper.end(lease, isEmpty).catch(this.#failed);
  }

  listen(listener: InstancesListener): void {
    this.#listener = listener;
  }

  claimSession(claim: SessionClaim, isTrial: boolean): Promise<SessionVerdict> {
    return isTrial ? this.#sessions.ask(claim) : this.#sessions.claim(claim);
  }

  releaseSession(connectionId: string, generation: number, messageCount: number): void {
    this.#sessions.release(connectionId, generation, messageCount);
  }

  countMessages(connectionId: string, messageCount: number): void {
    this.#sessions.countMessages(connectionId, messageCount);
  }

  async countSessions(userIds: readonly string[]): Promise<readonly number[]> {
    return await asking(this.#sessions.countOf(userIds));
  }

  setPresence(room: string, user: User, sessions: number | null): void {
    this.#presence.set(room, user, sessions);
  }

  async presenceElsewhere(room: string): Promise<readonly PresenceChange[]> {
    return await asking(this.#reader.read(room, this.#deps.bus.isSubscribed(room)));
  }

  tellTyping(room: string, user: User, isTyping: boolean): void {
    const { keys, instance } = this.#deps;
    this.#tell(keys.channel(room), encodeTyping(instance, user, isTyping));
  }

  setReady(isReady: boolean): void {
    this.#leases.setReady(isReady);
  }

  async hasSuccessor(): Promise<boolean> {
    return await asking(this.#leases.hasSuccessor());
  }

  /** Redis may have forgotten something that was said: all is said again. */
  lost(): void {
    this.#leases.renounce();
  }

  /** Nobody follows the room here any more. */
  unsubscribed(room: string): void {
    this.#reader.unfollow(room);
  }

  /** What came on a room's channel, or on that of this instance, and is no event. */
  heard(room: string | null, text: string): void {
    const news = this.#read(text);
    if (news !== null) this.#take(room ?? "", news);
  }

  #read(text: string): InstanceNews | null {
    try {
      return decodeNews(text);
    } catch {
      this.#deps.refusals.note("what an instance told on the bus cannot be read");
      return null;
    }
  }

  #take(room: string, news: InstanceNews): void {
    switch (news.kind) {
      case "presence":
        return this.#reader.heard(room, news);
      case "typing":
        if (news.instance !== this.#deps.instance)
          this.#listener?.typingChanged(room, news.user, news.isTyping);
        return;
      case "count":
        return this.#listener?.messagesCounted(news.connectionId, news.count);
      default:
        news satisfies never;
    }
  }

  #restore(lease: string, former: string): void {
    this.#presence.restore(lease).catch(this.#failed);
    this.#sessions.restore(lease, former).catch(this.#failed);
  }

  #looked(): void {
    this.#presence.settleDoubts().catch(this.#failed);
    this.#sessions.settleDoubts().catch(this.#failed);
    this.#reader.poll().catch(this.#failed);
  }

  async #move(change: ControlChange): Promise<boolean> {
    const { control, instance, clock = systemClock } = this.#deps;
    return (await control(change, { userId: change.userId, at: clock.now(), instance })).ok;
  }

  /** It may be lost. */
  #tell(channel: string, text: string): void {
    this.#deps.scripts.tell(channel, text).catch(() => {});
  }
}

async function asking<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new EngineUnavailable(String(error));
  }
}

import type { Command } from "../protocol/commands.ts";
import { type Refusal, refuseRate } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { RateLimitScope } from "../telemetry/limit-metrics.ts";
import type { ChatContext } from "./context.ts";
import type { Identity } from "./identity.ts";
import { TokenBuckets } from "./token-buckets.ts";
import { isWrite } from "./write-commands.ts";

/** Users with a bucket that is not full. */
const usersMax = 100_000;

/**
 * Who waits is refused at most ten times a second, which is tolerated for ever (see the queue), and by then several
 * tokens are there.
 */
const retryMinMs = 100;

/** Whether a command makes something for others, and so counts towards MESSAGES_PER_MINUTE and nothing else. */
export const isMessage = (command: Command): boolean => command.type === "message" || isWrite(command);

/** Backends speak for many users, so the limit of one is not theirs. */
export const isExempt = ({ isAdmin, mayPublish }: Identity): boolean => isAdmin || mayPublish;

/** How much each user may ask for, over all their sockets and REST. What one connection may is kept by its queue. */
export class RateLimits {
  readonly #metrics: ChatContext["metrics"];
  /** Null: no limit. */
  readonly #messages: TokenBuckets | null;
  readonly #requests: TokenBuckets;

  constructor({ clock, metrics, limits: { messagesPerMinute } }: ChatContext) {
    const { requestsPerSecond } = limits;
    this.#metrics = metrics;
    this.#messages =
      messagesPerMinute > 0
        ? new TokenBuckets(clock, {
            capacity: messagesPerMinute,
            perSecond: messagesPerMinute / 60,
            keysMax: usersMax,
          })
        : null;
    this.#requests = new TokenBuckets(clock, {
      capacity: requestsPerSecond,
      perSecond: requestsPerSecond,
      keysMax: usersMax,
    });
  }

  /** Counts what makes something for others. */
  refuseMessage(identity: Identity): Refusal | null {
    if (this.#messages === null || isExempt(identity)) return null;
    return this.refuseFor("messages", this.#messages.take(identity.user.id));
  }

  /** Counts a REST request of any other kind. */
  refuseRequest({ user }: Identity): Refusal | null {
    return this.refuseFor("reads", this.#requests.take(user.id));
  }

  /** `waitMs`: 0 refuses nothing. */
  refuseFor(scope: RateLimitScope, waitMs: number): Refusal | null {
    if (waitMs === 0) return null;
    this.#metrics.rateLimited(scope);
    return refuseRate(Math.max(waitMs, retryMinMs));
  }
}

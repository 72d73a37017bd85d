import type { Greeting } from "../client/index.ts";

type Limits = Pick<Greeting["limits"], "messagesPerMinute">;

/** Fast enough to see a gap of a few hundred ms. */
const fastestMs = 200;
/** Each message is deleted again, which counts as well. */
const writesPerMessage = 2;
/** Repeated after a lost connection, one counts twice. */
const reserve = 1.1;
const underWayMax = 50;

/** How far apart one user's messages are, in ms, so that the server never finds them too many. */
export function intervalMs({ messagesPerMinute }: Limits): number {
  if (messagesPerMinute === 0) return fastestMs;
  return Math.max(fastestMs, (60_000 * writesPerMessage * reserve) / messagesPerMinute);
}

/** How many of one user's may be on their way: after an outage all of them, and their deletion, come at once. */
export function underWayLimit({ messagesPerMinute }: Limits): number {
  if (messagesPerMinute === 0) return underWayMax;
  return Math.min(underWayMax, Math.max(1, Math.floor(messagesPerMinute / (2 * writesPerMessage))));
}

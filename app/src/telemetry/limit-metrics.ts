import type { Instruments } from "./instruments.ts";

const scopes = [
  "messages",
  "commands",
  "reads",
  "handshakes",
  "authentications",
  "typing",
  "flooding",
] as const;

/** What was refused for its rate; `flooding` is a connection that was closed because it went on. */
export type RateLimitScope = (typeof scopes)[number];

export function limitVerbs(make: Instruments) {
  const name = "websocket_rate_limited_total";
  const limited = make.counter(name, "Refused for coming too fast, by limit.", "scope");
  const tallies = new Map(scopes.map((scope) => [scope, limited.series({ scope })]));
  return { rateLimited: (scope: RateLimitScope) => tallies.get(scope)?.add() };
}

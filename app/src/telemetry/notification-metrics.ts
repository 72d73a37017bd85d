import type { Instruments } from "./instruments.ts";

const results = ["stored", "duplicate", "refused", "unavailable"] as const;

/** What became of a notification to one user or to all; one that nobody could get is `refused` once. */
export type NotificationResult = (typeof results)[number];

export function notificationVerbs(make: Instruments) {
  const name = "websocket_notifications_total";
  const sent = make.counter(name, "Notifications, one for each user or for all, by result.", "result");
  const tallies = new Map(results.map((result) => [result, sent.series({ result })]));
  return { notificationSent: (result: NotificationResult) => tallies.get(result)?.add() };
}

import { isCommandId } from "../protocol/codec.ts";
import { type Refusal, refuse } from "../protocol/errors.ts";
import { inspectJson, inspectSize } from "../protocol/inspect-json.ts";
import { limits } from "../protocol/limits.ts";
import { isUserId } from "../protocol/names.ts";
import type { NotificationResult } from "../telemetry/notification-metrics.ts";
import type { Publish, PublishResult } from "./engine.ts";
import type { Hub } from "./hub.ts";
import type { Identity } from "./identity.ts";
import { allNotifications, notificationsLogOf } from "./room-log.ts";
import { countSessionsHere, countUserSessions } from "./user-sessions.ts";
import { noteStored } from "./write-commands.ts";

/** To these users, 1–1,000 different ones, or to all. `payload`: any JSON up to 8 KiB. `id`: null is not deduplicated. */
export type NotificationRequest = {
  readonly payload: unknown;
  readonly id: string | null;
} & ({ readonly userIds: readonly string[] } | { readonly broadcast: true });

/** `users`: in the order in which they were named, with how many sessions they have; empty for a broadcast. */
type SentNotification =
  | Refusal
  | {
      readonly ok: true;
      readonly id: string;
      /** True: everybody had it before. */
      readonly duplicate: boolean;
      readonly users: readonly { readonly userId: string; readonly connections: number }[];
    };

/**
 * Adds a notification to the log of each user, or to that of all. `unavailable` where any of them may not have it:
 * the same request with the same id finishes it, and gives it to nobody twice. `id_conflict` where any of them, the
 * first by name before anybody got it, has another one from this sender under the id.
 */
export async function sendNotification(
  hub: Hub,
  identity: Identity,
  request: NotificationRequest,
): Promise<SentNotification> {
  const { metrics } = hub.context;
  const userIds = "userIds" in request ? [...new Set(request.userIds)] : null;
  const refusal = refuseNotification(identity, request, userIds);
  if (refusal !== null) {
    metrics.notificationSent("refused");
    return refusal;
  }
  const notification = describeNotification(hub, identity, request);
  const logs = userIds?.map(notificationsLogOf).toSorted() ?? [allNotifications];
  const results = await publishToEach(hub, notification, logs);
  for (const result of results) metrics.notificationSent(countedAs(result));
  return await describeOutcome(hub, results, userIds ?? []);
}

function refuseNotification(
  { mayPublish }: Identity,
  { payload, id }: NotificationRequest,
  userIds: readonly string[] | null,
): Refusal | null {
  if (!mayPublish) return refuse("forbidden", "Notifications take a token with the scope publish.");
  if (id !== null && !isCommandId(id)) return refuse("bad_message", "id: not a valid id.");
  if (payload === undefined) return refuse("bad_message", "payload: expected a value.");
  const problem =
    inspectJson("payload", payload) ?? inspectSize("payload", payload, limits.notificationBytes);
  if (problem !== null) return refuse(problem.code, problem.message);
  return userIds === null ? null : refuseRecipients(userIds);
}

function refuseRecipients(userIds: readonly string[]): Refusal | null {
  if (userIds.length === 0) return refuse("bad_message", "userIds: expected at least one.");
  if (userIds.length > limits.notificationUsers)
    return refuse("too_large", `userIds: expected at most ${limits.notificationUsers}.`);
  return userIds.every(isUserId) ? null : refuse("bad_message", "userIds: one is not a valid user id.");
}

type Notification = Omit<Publish, "room" | "messageId">;

function describeNotification(
  { context: { instance, clock } }: Hub,
  { user }: Identity,
  { payload, id }: NotificationRequest,
): Notification {
  const payloadJson = JSON.stringify(payload);
  return {
    kind: "notification",
    userId: user.id,
    authorId: user.id,
    authorName: user.name,
    authorImage: user.image,
    content: payloadJson,
    metaJson: null,
    createdAt: clock.now(),
    instance: instance.id,
    socket: 0,
    commandId: id,
    commandHash: Bun.hash(payloadJson).toString(36),
  };
}

/**
 * The first log says which id the notification has, since it may have got one when the same was asked for before.
 * The others follow together, so that they share commits.
 */
async function publishToEach(
  hub: Hub,
  notification: Notification,
  [firstLog = "", ...otherLogs]: readonly string[],
): Promise<PublishResult[]> {
  const publish = async (room: string, messageId: string): Promise<PublishResult> => {
    const result = await hub.context.engine.publish({ ...notification, room, messageId });
    if (result.ok) noteStored(hub, room, result);
    return result;
  };
  const first = await publish(firstLog, Bun.randomUUIDv7());
  if (!first.ok) return [first];
  return [first, ...(await Promise.all(otherLogs.map((log) => publish(log, first.messageId))))];
}

function countedAs(result: PublishResult): NotificationResult {
  if (result.ok) return result.duplicate ? "duplicate" : "stored";
  return result.code === "unavailable" ? "unavailable" : "refused";
}

async function describeOutcome(
  hub: Hub,
  results: readonly PublishResult[],
  userIds: readonly string[],
): Promise<SentNotification> {
  const stored = results.filter((result) => result.ok);
  const failures = results.filter((result) => !result.ok);
  const failure = failures.find(({ code }) => code === "unavailable") ?? failures[0];
  const [first] = stored;
  if (failure !== undefined || first === undefined) return refuse(failure?.code ?? "unavailable");
  // It is stored, whether or not the others can be asked now.
  const connections = await countUserSessions(hub, userIds).catch(() => countSessionsHere(hub, userIds));
  return {
    ok: true,
    id: first.messageId,
    duplicate: stored.every(({ duplicate }) => duplicate),
    users: userIds.map((userId, index) => ({ userId, connections: connections[index] ?? 0 })),
  };
}

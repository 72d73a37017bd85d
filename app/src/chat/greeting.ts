import { encodeEvent } from "../protocol/codec.ts";
import type { EventPayload } from "../protocol/events.ts";
import { limits as protocolLimits } from "../protocol/limits.ts";
import { protocolVersion } from "../protocol/names.ts";
import type { Connection } from "./connection.ts";
import type { ChatContext } from "./context.ts";
import { isExempt } from "./rate-limits.ts";

/** What this version can do beyond the frames that every version has. */
const features = [
  "history",
  "resume",
  "batch",
  "presence",
  "typing",
  "edit",
  "delete",
  "reactions",
  "notifications",
];

type Greeting = EventPayload<"connection_established">;
type Personal = Pick<Greeting, "connectionId" | "userId" | "userName" | "serverTime">;

/** Writes `connection_established`; what is the same for everybody is written once. */
export function createGreeter(context: ChatContext): (connection: Connection) => string {
  const limited = JSON.stringify(describeServer(context, context.limits.messagesPerMinute)).slice(1);
  const exempt = JSON.stringify(describeServer(context, 0)).slice(1);
  return ({ session, identity }) => {
    const personal: Personal = {
      connectionId: session.id,
      userId: identity.user.id,
      userName: identity.user.name,
      serverTime: context.clock.now(),
    };
    const personalFields = encodeEvent("connection_established", personal).slice(0, -"}}".length);
    return `${personalFields},${isExempt(identity) ? exempt : limited}}`;
  };
}

function describeServer(
  { instance, limits }: ChatContext,
  messagesPerMinute: number,
): Omit<Greeting, keyof Personal> {
  return {
    instance: instance.id,
    color: instance.color,
    version: instance.version,
    protocol: protocolVersion,
    features,
    heartbeatInterval: limits.heartbeatIntervalMs,
    connectionTimeout: limits.connectionTimeoutMs,
    limits: {
      messageChars: protocolLimits.messageChars,
      payloadBytes: limits.payloadBytesMax,
      rooms: limits.roomsPerConnection,
      waitingCommands: protocolLimits.waitingCommands,
      messagesPerMinute,
      commandsPerSecond: protocolLimits.commandsPerSecond,
      replayEvents: protocolLimits.replayEvents,
      historyPage: protocolLimits.historyPage,
    },
  };
}

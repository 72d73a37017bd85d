import { encodeEvent } from "../protocol/codec.ts";
import type { EventPayload } from "../protocol/events.ts";
import { limits as protocolLimits } from "../protocol/limits.ts";
import { protocolVersion } from "../protocol/names.ts";
import type { ChatContext } from "./context.ts";
import type { Session } from "./session.ts";

/** What this version can do beyond the frames that every version has. */
const features = ["history", "resume", "batch"];

type Greeting = EventPayload<"connection_established">;
type Personal = Pick<Greeting, "connectionId" | "userId" | "userName" | "serverTime">;

/** Writes `connection_established`; what is the same for everybody is written once. */
export function createGreeter({ instance, limits, clock }: ChatContext): (session: Session) => string {
  const common: Omit<Greeting, keyof Personal> = {
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
      messagesPerMinute: 0,
      commandsPerSecond: 0,
      replayEvents: protocolLimits.replayEvents,
      historyPage: protocolLimits.historyPage,
    },
  };
  const commonFields = JSON.stringify(common).slice(1);
  return ({ id, user }) => {
    const personal: Personal = {
      connectionId: id,
      userId: user.id,
      userName: user.name,
      serverTime: clock.now(),
    };
    const personalFields = encodeEvent("connection_established", personal).slice(0, -"}}".length);
    return `${personalFields},${commonFields}}`;
  };
}

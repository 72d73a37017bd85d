import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Clock } from "./clock.ts";
import type { DeliveryPacer } from "./delivery-pacer.ts";
import type { Engine } from "./engine.ts";
import type { TokenVerifier } from "./identity.ts";
import type { Broadcaster } from "./socket.ts";

/** What the configuration decides about connections. 0 turns a limit off. */
export interface ChatLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  readonly maxConnectionsPerUser: number;
  readonly messagesPerMinute: number;
  readonly presenceEventsMaxMembers: number;
  readonly heartbeatIntervalMs: number;
  readonly connectionTimeoutMs: number;
  readonly payloadBytesMax: number;
  readonly roomsPerConnection: number;
  readonly sendBufferBytes: number;
  readonly compressionThresholdBytes: number;
}

/** How clients are told who serves them. */
export interface InstanceName {
  readonly id: string;
  readonly color: string;
  readonly version: string;
}

/** What the parts of chat share. */
export interface ChatContext {
  readonly instance: InstanceName;
  readonly limits: ChatLimits;
  readonly engine: Engine;
  /** Null in guest mode. */
  readonly tokens: TokenVerifier | null;
  readonly broadcaster: Broadcaster;
  readonly pacer: DeliveryPacer;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Whether other instances could be reached through the engine: while not, a drain sends nobody to them. */
  readonly isEngineHealthy: () => boolean;
  readonly metrics: Metrics;
  readonly log: Log;
}

import type { InstanceName } from "../chat/context.ts";
import type { Engine } from "../chat/engine.ts";
import type { Hub } from "../chat/hub.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import { guestWarning } from "./guests.ts";
import type { Readiness } from "./readiness.ts";

export interface HealthSources {
  readonly instance: InstanceName;
  readonly hub: Pick<Hub, "connectionCount" | "userCount" | "roomCount" | "isDraining">;
  readonly engine: Pick<Engine, "name" | "connections">;
  readonly readiness: Readiness;
  /** Null: guest mode. */
  readonly authenticator: Pick<Authenticator, "keysHealth"> | null;
}

export type ReadyStatus = "ready" | "draining" | "starting" | "unavailable";

/** What one instance says of itself, as plain data that may travel. */
export type InstanceHealth = ReturnType<typeof describeInstance>;

export function describeInstance({ instance, hub, engine, readiness, authenticator }: HealthSources) {
  return {
    ...instance,
    ready: readyStatus(hub, readiness),
    isHealthy: readiness.isEngineHealthy,
    uptime: Math.floor(process.uptime()),
    connections: hub.connectionCount,
    users: hub.userCount,
    rooms: hub.roomCount,
    memory: memoryBytes(),
    engine: { name: engine.name, connections: engine.connections },
    canaryAgeMs: wholeOrNull(readiness.canaryAgeMs),
    isDraining: hub.isDraining,
    access: describeAccess(authenticator),
  };
}

function readyStatus({ isDraining }: HealthSources["hub"], readiness: Readiness): ReadyStatus {
  if (isDraining) return "draining";
  if (readiness.canaryAgeMs === null) return "starting";
  return readiness.isEngineHealthy ? "ready" : "unavailable";
}

/** A key server that is away makes nobody unhealthy who is in, nor the instance beside this one any better. */
function describeAccess(authenticator: HealthSources["authenticator"]) {
  if (authenticator === null) return { guests: { warning: guestWarning } };
  const keys = authenticator.keysHealth();
  return keys === null ? {} : { keys };
}

function memoryBytes() {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return { rss, heapTotal, heapUsed };
}

function wholeOrNull(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

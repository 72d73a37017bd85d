import { Elysia } from "elysia";
import type { InstanceName } from "../chat/context.ts";
import type { Engine } from "../chat/engine.ts";
import type { Hub } from "../chat/hub.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import { guestWarning } from "./guests.ts";
import type { Readiness } from "./readiness.ts";

export interface HealthDependencies {
  readonly instance: InstanceName;
  readonly hub: Pick<Hub, "connectionCount" | "userCount" | "roomCount" | "isDraining">;
  readonly engine: Pick<Engine, "name" | "connections">;
  readonly readiness: Readiness;
  /** Null: guest mode. */
  readonly authenticator: Pick<Authenticator, "keysHealth"> | null;
}

/** For people and load balancers: `/health` tells, `live` and `ready` decide. Never from a cache. */
export function health(deps: HealthDependencies) {
  return new Elysia({ name: "health" })
    .onBeforeHandle(({ set }) => {
      set.headers["cache-control"] = "no-store";
    })
    .get("/health", ({ set }) => {
      set.status = deps.readiness.isEngineHealthy ? 200 : 503;
      return describeHealth(deps);
    })
    .get("/health/live", () => ({ status: "live" }))
    .get("/health/ready", ({ set }) => {
      const status = readyStatus(deps);
      set.status = status === "ready" ? 200 : 503;
      return { status };
    })
    .get("/health/websocket", ({ set }) => {
      set.status = deps.readiness.isEngineHealthy ? 200 : 503;
      return describeSockets(deps);
    })
    .get("/health/redis", ({ set }) => {
      set.status = deps.readiness.isEngineHealthy ? 200 : 503;
      return describeRedis(deps);
    });
}

function describeHealth({ instance, hub, engine, readiness, authenticator }: HealthDependencies) {
  const isHealthy = readiness.isEngineHealthy;
  return {
    status: isHealthy ? "healthy" : "unhealthy",
    uptime: Math.floor(process.uptime()),
    timestamp: Date.now(),
    version: instance.version,
    color: instance.color,
    instance: instance.id,
    connections: hub.connectionCount,
    users: hub.userCount,
    rooms: hub.roomCount,
    memory: memoryBytes(),
    checks: {
      engine: { isHealthy, name: engine.name, canaryAgeMs: wholeOrNull(readiness.canaryAgeMs) },
      drain: { isDraining: hub.isDraining },
      ...describeAccess(authenticator),
    },
  };
}

/** A key server that is away makes nobody unhealthy who is in, nor the instance beside this one any better. */
function describeAccess(authenticator: HealthDependencies["authenticator"]) {
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

function readyStatus({
  hub,
  readiness,
}: HealthDependencies): "ready" | "draining" | "starting" | "unavailable" {
  if (hub.isDraining) return "draining";
  if (readiness.canaryAgeMs === null) return "starting";
  return readiness.isEngineHealthy ? "ready" : "unavailable";
}

function describeSockets({ hub, readiness }: HealthDependencies) {
  const { connectionCount, userCount } = hub;
  return {
    isHealthy: readiness.isEngineHealthy,
    totalConnections: connectionCount,
    uniqueUsers: userCount,
    averageConnectionsPerUser: userCount === 0 ? 0 : connectionCount / userCount,
    timestamp: Date.now(),
  };
}

function describeRedis({ engine, readiness }: HealthDependencies) {
  if (engine.connections === null) return { engine: engine.name };
  return { isHealthy: readiness.isEngineHealthy, ...engine.connections, timestamp: Date.now() };
}

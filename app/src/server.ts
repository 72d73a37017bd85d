import { existsSync } from "node:fs";
import { systemClock } from "./chat/clock.ts";
import type { ChatContext } from "./chat/context.ts";
import { DeliveryPacer } from "./chat/delivery-pacer.ts";
import type { Engine } from "./chat/engine.ts";
import { Hub } from "./chat/hub.ts";
import type { Broadcaster } from "./chat/socket.ts";
import type { Config } from "./config.ts";
import { openControl } from "./control.ts";
import { drainForShutdown } from "./drain.ts";
import { MeasuredEngine } from "./engine/measured-engine.ts";
import { openRedisEngine } from "./engine/redis.ts";
import { openSqliteEngine } from "./engine/sqlite.ts";
import { affordableConnections, openFilesMax } from "./file-limit.ts";
import { createApp } from "./http/app.ts";
import { assetDirs } from "./http/asset-dirs.ts";
import { createAuthenticator } from "./http/auth/authenticator.ts";
import { guestWarning } from "./http/guests.ts";
import { listen } from "./http/listen.ts";
import { Readiness } from "./http/readiness.ts";
import { createSocketHandlers } from "./http/socket-handlers.ts";
import { countedCloseCodes } from "./protocol/close-codes.ts";
import { commandTypes } from "./protocol/commands.ts";
import { errorCodes, handshakeRefusalCodes } from "./protocol/errors.ts";
import { eventTypes } from "./protocol/events.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";

export interface RunningServer {
  /** Where it can be reached from this machine. */
  readonly url: string;
  readonly hub: Hub;
  /**
   * Tells everybody to reconnect, stores what is under way and lets go of everything; within 3 s, unless `onPaced`
   * is told of a deadline, since clients move to another instance meanwhile.
   */
  stop(onPaced?: (deadlineMs: number) => void): Promise<void>;
}

/** Puts the parts together. Throws EngineUnusable or PortUnusable, with a line for the operator. */
export async function startServer(config: Config, log: Log): Promise<RunningServer> {
  const metrics = describeMetrics(config);
  return await serve(config, log, metrics, await openEngine(config, metrics, log));
}

/** Everything but the engine, which is closed with the server, or when that cannot listen. */
export async function serve(
  config: Config,
  log: Log,
  metrics: Metrics,
  engine: Engine,
): Promise<RunningServer> {
  const topics = new LateBroadcaster();
  const tokens = createAuthenticator(config, systemClock, log);
  const readiness = new Readiness({ engine, clock: systemClock, log });
  const isEngineHealthy = () => isEngineUp() && readiness.isEngineHealthy;
  const parts = { engine, broadcaster: topics, metrics, log, tokens, isEngineHealthy };
  const context = describeContext(config, parts);
  const hub = new Hub(context);
  const isEngineUp = listenToEngine(engine, hub, log);
  const app = await createApp({ ...context, config, hub, readiness, authenticator: tokens, ...assetDirs() });
  const server = await orClose(engine, () =>
    listen(app, { host: config.host, port: config.port, websocket: createSocketHandlers(config, log) }),
  );
  topics.server = server;
  observe(metrics, hub, readiness, isEngineUp);
  hub.start();
  readiness.start();
  const isReady = () => readiness.isEngineHealthy && !hub.isDraining;
  const { instance } = context;
  const control = await openControl(config.controlSocket, { hub, instance, isReady }, config.drain, log);
  log.info("server.started", { url: server.url.href, version: config.version, engine: engine.name });
  if (tokens === null) log.warn("guests.allowed", { message: guestWarning });
  else void tokens.prepare();
  return {
    url: server.url.href,
    hub,
    stop: async (onPaced = () => {}) => {
      const { others } = engine;
      await drainForShutdown({ hub, others, clock: systemClock, log, pace: config.drain, onPaced });
      hub.stop();
      readiness.stop();
      await engine.close();
      // Not awaited: it may never resolve once WebSockets were open.
      void server.stop(true);
      control?.close();
      log.info("server.stopped");
    },
  };
}

function describeMetrics({ version, instanceId }: Config): Metrics {
  return createMetrics({
    commandTypes,
    eventTypes,
    errorCodes,
    closeCodes: countedCloseCodes,
    handshakeRefusals: handshakeRefusalCodes,
    version,
    instanceId,
  });
}

async function openEngine(config: Config, metrics: Metrics, log: Log): Promise<Engine> {
  const { historyMessagesMax, historyTtlMs } = config;
  const retention = { historyMessagesMax, historyTtlMs };
  const engine =
    config.redis === null
      ? await openSqliteEngine({
          path: config.databasePath,
          ...retention,
          onOperation: (operation, seconds) => metrics.engineOperation(operation, seconds),
        })
      : await openRedisEngine({
          ...config.redis,
          ...retention,
          instance: config.instanceId,
          onWarning: (message) => log.warn("engine.warned", { message }),
          onFirstUse: () => warnOfDatabase(config.databasePath, log),
          onFigures: (read) => metrics.observeRedis(read),
        });
  return new MeasuredEngine(engine, metrics);
}

/** Whoever moves to Redis does not expect empty rooms. */
function warnOfDatabase(path: string, log: Log): void {
  if (existsSync(path))
    log.warn("engine.warned", {
      message: `No server has used this Redis before, and ${path} holds a database: \`bun run migrate\` copies it`,
    });
}

type Parts = Pick<ChatContext, "engine" | "broadcaster" | "metrics" | "log" | "tokens" | "isEngineHealthy">;

function describeContext(config: Config, parts: Parts): ChatContext {
  return {
    ...parts,
    instance: { id: config.instanceId, color: config.color, version: config.version },
    limits: { ...config, maxConnections: limitConnections(config, parts.log) },
    pacer: new DeliveryPacer(),
    clock: systemClock,
    random: Math.random,
  };
}

function limitConnections({ maxConnections }: Config, log: Log): number {
  const filesMax = openFilesMax();
  const affordable = affordableConnections(maxConnections, filesMax);
  if (affordable < maxConnections)
    log.warn("limit.lowered", { maxConnections, effective: affordable, filesMax });
  return affordable;
}

/** The hub needs topics before the server that owns them exists. */
class LateBroadcaster implements Broadcaster {
  server: Broadcaster | null = null;

  publish(topic: string, text: string, compress: boolean): number {
    return this.server?.publish(topic, text, compress) ?? 0;
  }
}

function listenToEngine(engine: Engine, hub: Hub, log: Log): () => boolean {
  let isUp = true;
  engine.listen({
    stored: (room, events) => hub.receive(room, events),
    availabilityChanged: (error) => {
      isUp = error === null;
      if (isUp) log.info("engine.recovered");
      else log.error("engine.failed", { error });
    },
  });
  return () => isUp;
}

function observe(metrics: Metrics, hub: Hub, readiness: Readiness, engineUp: () => boolean): void {
  metrics.observe({
    connections: () => hub.connectionCount,
    connectionsLimit: () => hub.connectionsLimit,
    sessions: () => hub.sessionCount,
    users: () => hub.userCount,
    rooms: () => hub.roomCount,
    engineUp,
    canaryAgeSeconds: () => (readiness.canaryAgeMs ?? Number.POSITIVE_INFINITY) / 1000,
    isDraining: () => hub.isDraining,
    drainRemaining: () => hub.drain.remaining,
  });
}

/** A server that cannot listen must not keep the database from the next one. */
async function orClose<T>(engine: Engine, start: () => T): Promise<T> {
  try {
    return start();
  } catch (error) {
    await engine.close();
    throw error;
  }
}

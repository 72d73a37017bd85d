import { systemClock } from "./chat/clock.ts";
import type { ChatContext } from "./chat/context.ts";
import { DeliveryPacer } from "./chat/delivery-pacer.ts";
import type { Engine } from "./chat/engine.ts";
import { Hub } from "./chat/hub.ts";
import type { Broadcaster } from "./chat/socket.ts";
import type { Config } from "./config.ts";
import { type Controlled, openControl } from "./control.ts";
import { ControlledHub } from "./controlled-hub.ts";
import { drainForShutdown } from "./drain.ts";
import { affordableConnections, openFilesMax } from "./file-limit.ts";
import { createApp } from "./http/app.ts";
import { assetDirs } from "./http/asset-dirs.ts";
import { createAuthenticator } from "./http/auth/authenticator.ts";
import type { Group } from "./http/group.ts";
import { guestWarning } from "./http/guests.ts";
import { describeInstance, type InstanceHealth } from "./http/instance-health.ts";
import { claimPort, listen } from "./http/listen.ts";
import { Readiness } from "./http/readiness.ts";
import { createSocketHandlers } from "./http/socket-handlers.ts";
import { openEngine } from "./open-engine.ts";
import { countedCloseCodes } from "./protocol/close-codes.ts";
import { commandTypes } from "./protocol/commands.ts";
import { errorCodes, handshakeRefusalCodes } from "./protocol/errors.ts";
import { eventTypes } from "./protocol/events.ts";
import type { Log } from "./telemetry/log.ts";
import type { MetricsDump } from "./telemetry/merge-metrics.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";

export interface RunningServer {
  /** Where it can be reached from this machine. */
  readonly url: string;
  readonly port: number;
  readonly hub: Hub;
  readonly controlled: Controlled;
  health(): InstanceHealth;
  dumpMetrics(): Promise<MetricsDump>;
  /** From now on connections are for others that listen on the port; who is connected stays. */
  stopListening(): void;
  /** The control socket is for another process. */
  closeControl(): void;
  /** Nobody is accepted any more; resolves when the other instances can know that this one takes over nobody. */
  announceStop(): Promise<void>;
  /**
   * Tells everybody to reconnect, stores what is under way and lets go of everything; within 3 s, unless `onPaced`
   * is told of a deadline, since clients move to another instance meanwhile.
   */
  stop(onPaced?: (deadlineMs: number) => void): Promise<void>;
}

/** Puts the parts together. Throws EngineUnusable or PortUnusable, with a line for the operator. */
export async function startServer(
  config: Config,
  log: Log,
  group: Group | null = null,
): Promise<RunningServer> {
  const metrics = describeMetrics(config);
  return await serve(config, log, metrics, await openEngine(config, metrics, log), group);
}

/**
 * Everything but the engine, which is closed with the server, or when that cannot listen. `group`: who shares the port;
 * null: nobody does, yet.
 */
export async function serve(
  config: Config,
  log: Log,
  metrics: Metrics,
  engine: Engine,
  group: Group | null = null,
): Promise<RunningServer> {
  const topics = new LateBroadcaster();
  const tokens = createAuthenticator(config, systemClock, log);
  const readiness = new Readiness({ engine, clock: systemClock, log });
  const isEngineHealthy = () => isEngineUp() && readiness.isEngineHealthy;
  const parts = { engine, broadcaster: topics, metrics, log, tokens, isEngineHealthy };
  const context = describeContext(config, parts);
  const hub = new Hub(context);
  const isEngineUp = listenToEngine(engine, hub, log);
  const sources = { instance: context.instance, hub, engine, readiness, authenticator: tokens };
  const app = await createApp({ ...context, ...sources, config, group, ...assetDirs() });
  const start = () => {
    hub.start();
    readiness.start();
  };
  if (group !== null) await startUnheard(group, start, isEngineHealthy);
  const websocket = createSocketHandlers(config, log);
  const server = await orClose(engine, () => listen(app, { ...addressOf(config, group), websocket }));
  topics.server = server;
  observe(metrics, hub, readiness, isEngineUp);
  if (group === null) start();
  const controlled = new ControlledHub(hub, context.instance, () => readiness.isEngineHealthy);
  const control =
    group === null ? await openControl(config.controlSocket, controlled, config.drain, log) : null;
  log.info("server.started", { url: server.url.href, version: config.version, engine: engine.name });
  if (tokens === null) log.warn("guests.allowed", { message: guestWarning });
  else void tokens.prepare();
  return {
    url: server.url.href,
    port: server.port ?? config.port,
    hub,
    controlled,
    health: () => describeInstance(sources),
    dumpMetrics: () => metrics.dump(),
    // Closes idle connections too: a proxy that kept them would send handshakes along them.
    stopListening: () => void server.stop(),
    closeControl: () => control?.close(),
    announceStop: async () => {
      hub.drain.beginFinal({ ...config.drain, percent: 0 });
      await engine.others.hasSuccessor().catch(() => {});
    },
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

const lookEveryMs = 10;

/** Others listen on the port meanwhile: whoever came to this one would be refused. */
async function startUnheard({ unheardMsMax }: Group, start: () => void, isHealthy: () => boolean) {
  start();
  const until = performance.now() + unheardMsMax;
  while (!isHealthy() && performance.now() < until) await Bun.sleep(lookEveryMs);
}

/** With Redis others may come to share the port, whom the embedded engine could not serve. */
function addressOf(config: Config, group: Group | null) {
  const { host, port, redis } = config;
  const isShared = group !== null || redis !== null;
  return { host, port: isShared && group === null ? claimPort({ host, port }) : port, isShared };
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

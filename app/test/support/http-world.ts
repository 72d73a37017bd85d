import { type Clock, systemClock } from "../../src/chat/clock.ts";
import type { ChatContext } from "../../src/chat/context.ts";
import { DeliveryPacer } from "../../src/chat/delivery-pacer.ts";
import { Hub } from "../../src/chat/hub.ts";
import { type Config, loadConfig } from "../../src/config.ts";
import { createApp, type HttpApp } from "../../src/http/app.ts";
import { assetDirs } from "../../src/http/asset-dirs.ts";
import { type Authenticator, createAuthenticator } from "../../src/http/auth/authenticator.ts";
import { listen } from "../../src/http/listen.ts";
import { Readiness } from "../../src/http/readiness.ts";
import { createSocketHandlers } from "../../src/http/socket-handlers.ts";
import { type Log, type LogEvent, type LogFields, noopLog } from "../../src/telemetry/log.ts";
import { type Metrics, noopMetrics } from "../../src/telemetry/metrics.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryEngine } from "./memory-engine.ts";

type Server = NonNullable<HttpApp["server"]>;

interface Measured {
  readonly route: string;
  readonly method: string;
  readonly status: number;
}

const instance = { id: "i1", color: "blue", version: "1.2.3" };

/** The HTTP half on a real port, with a real hub on an engine in memory. The clock turns the canary and the rate of handshakes; tokens go by the time of day. */
export class HttpWorld {
  readonly engine = new MemoryEngine();
  readonly clock = new ManualClock();
  readonly logged: { readonly event: LogEvent; readonly fields: LogFields }[] = [];
  readonly measured: Measured[] = [];
  readonly rejected: string[] = [];
  readonly limited: string[] = [];
  readonly config: Config;
  readonly authenticator: Authenticator | null;
  readonly hub: Hub;
  readonly readiness: Readiness;
  #server: Server | null = null;

  private constructor(env: Record<string, string>, hubClock: Clock) {
    const loaded = loadConfig({ COLOR: "blue", ...env });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    this.config = loaded.config;
    this.authenticator = createAuthenticator(this.config, systemClock, this.#log());
    this.hub = new Hub(this.#context(hubClock));
    this.engine.listen({
      stored: (log, events) => this.hub.receive(log, events),
      availabilityChanged() {},
    });
    this.readiness = new Readiness({ engine: this.engine, clock: this.clock, log: this.#log() });
  }

  static async start(env: Record<string, string> = {}, port = 0, hubClock = systemClock): Promise<HttpWorld> {
    const world = new HttpWorld(env, hubClock);
    await world.#listen(port);
    world.hub.start();
    world.readiness.start();
    return world;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server?.port}`;
  }

  async stop(): Promise<void> {
    this.readiness.stop();
    this.hub.stop();
    this.hub.closeAll();
    await this.#server?.stop(true);
  }

  #context(clock: Clock): ChatContext {
    return {
      instance,
      limits: this.config,
      engine: this.engine,
      tokens: this.authenticator,
      broadcaster: { publish: (topic, text, compress) => this.#server?.publish(topic, text, compress) ?? 0 },
      pacer: new DeliveryPacer(),
      clock,
      random: Math.random,
      isEngineHealthy: () => this.readiness.isEngineHealthy,
      metrics: noopMetrics,
      log: noopLog,
    };
  }

  async #listen(port: number): Promise<void> {
    const { config, hub, engine, readiness, authenticator, clock } = this;
    const log = this.#log();
    const deps = {
      config,
      instance,
      hub,
      engine,
      readiness,
      authenticator,
      clock,
      metrics: this.#metrics(),
      log,
    };
    const app = await createApp({ ...deps, ...assetDirs() });
    this.#server = listen(app, { host: "127.0.0.1", port, websocket: createSocketHandlers(config, log) });
  }

  #log(): Log {
    const note = (event: LogEvent, fields: LogFields = {}) => void this.logged.push({ event, fields });
    return { ...noopLog, info: note, warn: note, error: note };
  }

  #metrics(): Metrics {
    return {
      ...noopMetrics,
      rateLimited: (scope) => void this.limited.push(scope),
      connectionRejected: (reason) => void this.rejected.push(reason),
      httpRequest: (route, method, status) => void this.measured.push({ route, method, status }),
      text: async () => "websocket_connections_total 0\n",
    };
  }
}

import { Elysia } from "elysia";
import type { Clock } from "../chat/clock.ts";
import type { InstanceName } from "../chat/context.ts";
import type { Engine } from "../chat/engine.ts";
import type { Hub } from "../chat/hub.ts";
import type { Config } from "../config.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { api } from "./api/api.ts";
import { apiRoutes } from "./api/api-routes.ts";
import { Bearer } from "./api/bearer.ts";
import type { AssetDirs } from "./asset-dirs.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import { TokenIdentifier } from "./auth/token-identifier.ts";
import { ClientAddresses } from "./client-address.ts";
import { clientFile } from "./client-file.ts";
import { directSocket } from "./direct-socket.ts";
import { docs } from "./docs/docs.ts";
import { failures } from "./failures.ts";
import type { Group } from "./group.ts";
import { Guests } from "./guests.ts";
import { HandshakeRate } from "./handshake-rate.ts";
import { Handshakes } from "./handshakes.ts";
import { health } from "./health.ts";
import { MetricsAccess } from "./metrics-access.ts";
import { metricsRoute } from "./metrics-route.ts";
import { OriginPolicy } from "./origin-policy.ts";
import { page } from "./page.ts";
import type { Readiness } from "./readiness.ts";
import { RefusalLog } from "./refusal-log.ts";
import { requestDurations } from "./request-durations.ts";
import { socket } from "./socket.ts";
import { SocketEntrance } from "./socket-entrance.ts";
import { socketIo } from "./socket-io.ts";

export interface HttpDependencies extends AssetDirs {
  readonly config: Pick<
    Config,
    "allowedOrigins" | "trustedProxies" | "metricsToken" | "handshakesPerSecondPerIp"
  >;
  readonly instance: InstanceName;
  readonly hub: Hub;
  readonly engine: Pick<Engine, "name" | "connections" | "installSecret">;
  readonly readiness: Readiness;
  /** Null: guest mode. */
  readonly authenticator: Authenticator | null;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Null: nobody else is behind the port. */
  readonly group?: Group | null;
}

export type HttpApp = Awaited<ReturnType<typeof createApp>>;

/** Everything that is served over HTTP. The order matters: `requestDurations` measures what comes after it. */
export async function createApp(deps: HttpDependencies) {
  const { config, instance, log, metrics } = deps;
  const addresses = new ClientAddresses(config.trustedProxies);
  const rate = new HandshakeRate(deps.clock, config.handshakesPerSecondPerIp);
  const origins = new OriginPolicy(config.allowedOrigins, addresses);
  // By default Elysia takes a host name for at least four characters, and misreads the path behind a shorter one.
  const handler = { standardHostname: false };
  const entrance = createEntrance(deps, addresses, origins, rate);
  const serve = { routes: directSocket({ entrance, log, color: instance.color }) };
  const app = new Elysia({ name: "holdline", precompile: true, handler, serve }).headers({
    "x-served-by": instance.color,
  });
  return app
    .use(failures({ log, routes: () => app.routes }))
    .use(socket(entrance))
    .use(requestDurations(metrics))
    .use(health(deps))
    .use(metricsRoute(metrics, new MetricsAccess(addresses, config.metricsToken), deps.group))
    .use(socketIo())
    .use(apiWith(deps, addresses, origins, rate))
    .use(await docs({ routes: apiRoutes, version: instance.version, origins, docsDir: deps.docsDir }))
    .use(await clientFile(deps.clientPath, origins))
    .use(await page(deps.publicDir));
}

function apiWith(
  { hub, metrics }: HttpDependencies,
  addresses: ClientAddresses,
  origins: OriginPolicy,
  failed: HandshakeRate,
) {
  const bearer = new Bearer({ verifier: hub.context.tokens, addresses, failed, metrics });
  return api({ hub, bearer, origins, routes: apiRoutes });
}

function createEntrance(
  deps: HttpDependencies,
  addresses: ClientAddresses,
  origins: OriginPolicy,
  rate: HandshakeRate,
): SocketEntrance {
  const { authenticator, hub, log, metrics } = deps;
  const identifier =
    authenticator === null ? new Guests(deps.engine, log) : new TokenIdentifier(authenticator);
  const handshakes = new Handshakes({ addresses, origins, rate, log });
  const refusalLog = new RefusalLog(log, deps.clock);
  return new SocketEntrance({
    hub,
    identifier,
    addresses,
    origins,
    handshakes,
    refusalLog,
    metrics,
    color: deps.instance.color,
  });
}

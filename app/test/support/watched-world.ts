import { PlayedTraefik } from "./played-traefik.ts";
import { PrometheusServer } from "./prometheus-server.ts";
import { RedisServer } from "./redis-server.ts";
import { ServerHome } from "./server-home.ts";
import { SmallLoad } from "./small-load.ts";
import type { SpawnedServer } from "./spawned-server.ts";
import { tokenSecret } from "./tokens.ts";

const metricsToken = "a-token-that-Prometheus-has";

/** Blue and green on a durable Redis, a Prometheus that watches them as in the stack, and a little load. Ends with its block. */
export class WatchedWorld implements AsyncDisposable {
  readonly prometheus: PrometheusServer;
  readonly load: SmallLoad;
  readonly #green: SpawnedServer;
  readonly #parts: AsyncDisposableStack;

  private constructor(
    prometheus: PrometheusServer,
    load: SmallLoad,
    green: SpawnedServer,
    parts: AsyncDisposableStack,
  ) {
    this.prometheus = prometheus;
    this.load = load;
    this.#green = green;
    this.#parts = parts;
  }

  /** Users reach blue. */
  static async start(): Promise<WatchedWorld> {
    await using parts = new AsyncDisposableStack();
    const redis = parts.use(
      await RedisServer.start("--appendonly", "yes", "--appendfsync", "always", "--maxmemory", "100mb"),
    );
    const start = async (color: string) => {
      const home = parts.use(await ServerHome.create());
      return home.start({ env: { ...environment(redis), COLOR: color, INSTANCE_ID: `${color}-1` } });
    };
    const blue = await start("blue");
    const green = await start("green");
    const traefik = parts.use(await PlayedTraefik.start());
    const targets = {
      "websocket-blue:3001": new URL(blue.url).host,
      "websocket-green:3001": new URL(green.url).host,
      "traefik:8083": new URL(blue.url).host,
      "traefik:8082": traefik.address,
    };
    const prometheus = parts.use(await PrometheusServer.start(targets, metricsToken));
    const load = parts.use(await SmallLoad.start([blue.url, green.url]));
    return new WatchedWorld(prometheus, load, green, parts.move());
  }

  /** As a colour that is not needed. */
  async stopGreen(): Promise<void> {
    await this.#green.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

function environment(redis: RedisServer): Record<string, string> {
  return {
    REDIS_URL: redis.url,
    REDIS_ACK: "aof",
    JWT_SECRET: tokenSecret,
    METRICS_TOKEN: metricsToken,
    HEARTBEAT_INTERVAL: "1000",
    DRAIN_GRACE: "1000",
    // So few that some are refused.
    MESSAGES_PER_MINUTE: "5",
  };
}

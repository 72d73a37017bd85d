import { existsSync } from "node:fs";
import type { Engine } from "./chat/engine.ts";
import type { Config } from "./config.ts";
import { MeasuredEngine } from "./engine/measured-engine.ts";
import { openRedisEngine } from "./engine/redis.ts";
import { openSqliteEngine } from "./engine/sqlite.ts";
import type { Log } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";

/** The one that the configuration asks for. Throws EngineUnusable, with a line for the operator. */
export async function openEngine(config: Config, metrics: Metrics, log: Log): Promise<Engine> {
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

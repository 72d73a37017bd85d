import { describeProblems, loadConfig } from "./config.ts";
import { EngineUnusable } from "./engine/engine-unusable.ts";
import { PortUnusable } from "./http/port-unusable.ts";
import { startServer } from "./server.ts";
import { superviseProcess } from "./supervise-process.ts";
import { createLog } from "./telemetry/log.ts";

/** EX_CONFIG of sysexits.h: starting again without a change would end the same way. */
const exitConfig = 78;

const loaded = loadConfig();
if (!loaded.ok) {
  console.error(describeProblems(loaded.problems));
  process.exit(exitConfig);
}

const { config } = loaded;
const log = createLog({
  level: config.logLevel,
  dir: config.logDir,
  isProduction: config.isProduction,
  instanceId: config.instanceId,
  color: config.color,
});

try {
  const server = await startServer(config, log);
  superviseProcess(server, log);
} catch (error) {
  if (!(error instanceof EngineUnusable || error instanceof PortUnusable)) throw error;
  console.error(error.message);
  process.exit(exitConfig);
}

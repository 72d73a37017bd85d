import { describeProblems, loadConfig } from "./config.ts";
import { EngineUnusable } from "./engine/engine-unusable.ts";
import { PortUnusable } from "./http/port-unusable.ts";
import { exitConfig } from "./supervise-process.ts";
import { createLog } from "./telemetry/log.ts";
import { runAlone } from "./workers/run-alone.ts";
import { runSupervisor } from "./workers/run-supervisor.ts";
import { runWorker } from "./workers/run-worker.ts";
import { readWorkerArguments } from "./workers/worker-arguments.ts";

const loaded = loadConfig();
if (!loaded.ok) {
  console.error(describeProblems(loaded.problems));
  process.exit(exitConfig);
}

const { config } = loaded;
const given = readWorkerArguments(Bun.argv);
const log = createLog({
  level: config.logLevel,
  dir: config.logDir,
  isProduction: config.isProduction,
  instanceId: given?.instanceId ?? config.instanceId,
  color: config.color,
  worker: given?.slot,
});

try {
  const { count, memoryBytesMax } = config.workers;
  if (given !== null) await runWorker(config, given, log);
  else if (count > 1 || memoryBytesMax > 0) await runSupervisor(config, log);
  else await runAlone(config, log);
} catch (error) {
  if (!(error instanceof EngineUnusable || error instanceof PortUnusable)) throw error;
  console.error(error.message);
  process.exit(exitConfig);
}

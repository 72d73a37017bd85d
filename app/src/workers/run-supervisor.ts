import type { Config } from "../config.ts";
import { openControl } from "../control.ts";
import { onHangUp } from "../hang-up.ts";
import { claimPort } from "../http/listen.ts";
import { endProcess, exitConfig, type Stoppable, superviseProcess } from "../supervise-process.ts";
import type { Log } from "../telemetry/log.ts";
import { Supervisor } from "./supervisor.ts";

/** Beyond the deadline of the workers, each of which ends by itself. */
const reserveMs = 3000;

/** Serves by workers alone. Throws PortUnusable. */
export async function runSupervisor(config: Config, log: Log): Promise<void> {
  const { host, port, workers } = config;
  const supervisor = new Supervisor({
    config,
    log,
    port: claimPort({ host, port }),
    count: workers.count,
    onUnusable: () => void endProcess(all, log, exitConfig),
  });
  onHangUp(() => void supervisor.reload());
  const control = await openControl(config.controlSocket, supervisor, config.drain, log);
  const all: Stoppable = {
    stop: async (onPaced) => {
      onPaced(config.drain.deadlineMs + reserveMs);
      await supervisor.stop();
      control?.close();
    },
  };
  process.on("exit", () => supervisor.kill());
  superviseProcess(all, log);
  void supervisor.start();
}

import type { RunningServer } from "./server.ts";
import type { Log } from "./telemetry/log.ts";

/** EX_SOFTWARE of sysexits.h: the supervisor restarts. */
const exitSoftware = 70;

const stopMaxMsDefault = 2800;

/**
 * Ends the process in order on a signal or on a fault that nobody caught; a second signal ends it at once. Whatever
 * hangs, it is gone `stopMaxMs` after it was told to end, or after the deadline of a paced drain.
 */
export function superviseProcess(
  server: Pick<RunningServer, "stop">,
  log: Log,
  stopMaxMs = stopMaxMsDefault,
): void {
  let isStopping = false;

  const stop = async (exitCode: number): Promise<void> => {
    isStopping = true;
    const exitIn = (ms: number) => setTimeout(() => process.exit(exitCode), ms);
    const hardExit = exitIn(stopMaxMs);
    await server.stop((deadlineMs) => {
      clearTimeout(hardExit);
      exitIn(deadlineMs + stopMaxMs);
    });
    await log.close();
    process.exit(exitCode);
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(signal === "SIGINT" ? 130 : 143);
    void stop(0);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);

  const onFault = (error: unknown): void => {
    log.error("process.failed", { error });
    if (!isStopping) void stop(exitSoftware);
  };
  process.on("uncaughtException", onFault);
  process.on("unhandledRejection", onFault);
}

import type { Log } from "./telemetry/log.ts";

/** EX_CONFIG of sysexits.h: starting again without a change would end the same way. */
export const exitConfig = 78;

/** EX_SOFTWARE of sysexits.h: the supervisor restarts. */
export const exitSoftware = 70;

const stopMaxMsDefault = 2800;

export interface Stoppable {
  /** `onPaced` is told of a deadline if it takes that long. */
  stop(onPaced: (deadlineMs: number) => void): Promise<void>;
}

/**
 * Ends the process in order on a signal or on a fault that nobody caught; a second signal ends it at once. Whatever
 * hangs, it is gone `stopMaxMs` after it was told to end, or after the deadline of a paced drain.
 */
export function superviseProcess(server: Stoppable, log: Log, stopMaxMs = stopMaxMsDefault): void {
  let isStopping = false;

  const stop = (exitCode: number): void => {
    isStopping = true;
    void endProcess(server, log, exitCode, stopMaxMs);
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(signal === "SIGINT" ? 130 : 143);
    stop(0);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);

  const onFault = (error: unknown): void => {
    log.error("process.failed", { error });
    if (!isStopping) stop(exitSoftware);
  };
  process.on("uncaughtException", onFault);
  process.on("unhandledRejection", onFault);
}

/** Stops the server and then the process, in the time that `superviseProcess` tells of. */
export async function endProcess(
  server: Stoppable,
  log: Log,
  exitCode: number,
  stopMaxMs = stopMaxMsDefault,
): Promise<void> {
  const exitIn = (ms: number) => setTimeout(() => process.exit(exitCode), ms);
  const hardExit = exitIn(stopMaxMs);
  await server.stop((deadlineMs) => {
    clearTimeout(hardExit);
    exitIn(deadlineMs + stopMaxMs);
  });
  await log.close();
  process.exit(exitCode);
}

import { closeSync, openSync, readFileSync } from "node:fs";

/** Bit 0 of a mask of signals is that of SIGHUP. */
const ignoredMask = /^SigIgn:\s*[0-9a-f]*([0-9a-f])$/m;

/** What SIGHUP does from now on; where the terminal is gone, it ends the process as SIGTERM does. */
export function onHangUp(reload: () => void): void {
  if (isHangUpIgnored()) return;
  process.on("SIGHUP", () => {
    if (isTerminalGone()) process.kill(process.pid, "SIGTERM");
    else reload();
  });
}

/** Whether who started this process, as `nohup` does, wants it to take no notice of SIGHUP. */
function isHangUpIgnored(): boolean {
  try {
    const [, lowest = "0"] = ignoredMask.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return (Number.parseInt(lowest, 16) & 1) === 1;
  } catch {
    return false;
  }
}

/** Whether SIGHUP means what its name says: the terminal that this process was started from is gone. */
function isTerminalGone(): boolean {
  if (!process.stdout.isTTY && !process.stdin.isTTY) return false;
  try {
    closeSync(openSync("/dev/tty", "r"));
    return false;
  } catch {
    return true;
  }
}

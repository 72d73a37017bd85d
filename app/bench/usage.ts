import { readdirSync, readFileSync } from "node:fs";

const MICROSECONDS = 1e6;
const NANOSECONDS = 1e9;
/** Fixed in the kernel's interface, whatever it counts with. */
const TICKS_PER_SECOND = 100;

/** Seconds of wall clock and of processor, from a start to an end. */
export type Usage = {
  seconds: number;
  serverCpuSeconds: number;
  /** Of `serverCpuSeconds`, what the main thread took: the rest is the database writer and the collector. */
  serverMainCpuSeconds: number;
  loadCpuSeconds: number;
  /** What everything else on the machine took: more than a little, and the figures are not to be trusted. */
  otherCpuSeconds: number;
};

/** Starts measuring the server `pid` and this process; the returned function ends it. */
export function startMeter(pid: number): () => Usage {
  const startMs = performance.now();
  const before = readClocks(pid);
  return () => {
    const seconds = (performance.now() - startMs) / 1000;
    const after = readClocks(pid);
    const loadCpuSeconds = after.load - before.load;
    const serverCpuSeconds = after.server - before.server;
    const otherCpuSeconds = Math.max(0, after.machine - before.machine - loadCpuSeconds - serverCpuSeconds);
    const serverMainCpuSeconds = after.serverMain - before.serverMain;
    return { seconds, serverCpuSeconds, serverMainCpuSeconds, loadCpuSeconds, otherCpuSeconds };
  };
}

function readClocks(pid: number): Record<"server" | "serverMain" | "load" | "machine", number> {
  const { user, system } = process.cpuUsage();
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) =>
    runSeconds(`/proc/${pid}/task/${thread}/schedstat`),
  );
  return {
    server: threads.reduce((total, value) => total + value, 0),
    serverMain: runSeconds(`/proc/${pid}/schedstat`),
    load: (user + system) / MICROSECONDS,
    machine: machineSeconds(),
  };
}

/** The first line of /proc/stat: ticks of all cores, by what they did; fields 4 and 5 are idle and waiting. */
function machineSeconds(): number {
  const ticks =
    readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/).slice(1, 9).map(Number) ?? [];
  const busy = ticks.reduce((total, value, field) => (field === 3 || field === 4 ? total : total + value), 0);
  return busy / TICKS_PER_SECOND;
}

/** The first field of schedstat: time on a processor in nanoseconds, finer than the ticks of `stat`. */
function runSeconds(path: string): number {
  return Number(readFileSync(path, "utf8").split(" ")[0]) / NANOSECONDS;
}

/** Resident memory in KB, as the kernel sees it. */
export function residentKilobytes(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, "utf8").match(/^VmRSS:\s+(\d+) kB$/m);
  return Number(line?.[1]);
}

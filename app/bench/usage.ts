import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const MICROSECONDS = 1e6;
const NANOSECONDS = 1e9;
/** Fixed in the kernel's interface, whatever it counts with. */
const TICKS_PER_SECOND = 100;
/** What `clear_refs` takes to forget the highest resident size so far. */
const RESET_PEAK = "5";

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

/** Starts measuring the server, of one process or several, and this process; the returned function ends it. */
export function startMeter(server: number | number[]): () => Usage {
  const pids = [server].flat();
  const startMs = performance.now();
  const before = readClocks(pids);
  return () => {
    const seconds = (performance.now() - startMs) / 1000;
    const after = readClocks(pids);
    const loadCpuSeconds = after.load - before.load;
    const serverCpuSeconds = after.server - before.server;
    const otherCpuSeconds = Math.max(0, after.machine - before.machine - loadCpuSeconds - serverCpuSeconds);
    const serverMainCpuSeconds = after.serverMain - before.serverMain;
    return { seconds, serverCpuSeconds, serverMainCpuSeconds, loadCpuSeconds, otherCpuSeconds };
  };
}

function readClocks(pids: number[]): Record<"server" | "serverMain" | "load" | "machine", number> {
  const { user, system } = process.cpuUsage();
  const threads = pids.flatMap((pid) => threadsOf(pid).map((thread) => `/proc/${pid}/task/${thread}`));
  return {
    server: sum(threads.map((thread) => runSeconds(`${thread}/schedstat`))),
    serverMain: sum(pids.map((pid) => runSeconds(`/proc/${pid}/schedstat`))),
    load: (user + system) / MICROSECONDS,
    machine: machineSeconds(),
  };
}

/** The process and those that it started. */
export function withChildren(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" "),
  );
  return [pid, ...children.filter((child) => child !== "").map(Number)];
}

function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`);
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
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
  return readKilobytes(pid, "VmRSS");
}

/** Starts watching; the returned function says how many KB it had at the most since. */
export function watchResidentPeak(pid: number): () => number {
  writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
  return () => readKilobytes(pid, "VmHWM");
}

function readKilobytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(status.match(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m"))?.[1]);
}

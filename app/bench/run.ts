import type { Bench } from "./bench.ts";
import { type BenchOptions, benchUsage, readBenchOptions } from "./bench-options.ts";
import { findPeers } from "./contestants.ts";
import { type Cores, pinLoad } from "./cores.ts";
import { openLibc } from "./load/libc.ts";
import { LoadLoop } from "./load/load-loop.ts";
import { measureDeliveryLatency } from "./measures/delivery-latency.ts";
import { measureEcho } from "./measures/echo.ts";
import { measureFanOut } from "./measures/fan-out.ts";
import { measureGrowth } from "./measures/growth.ts";
import { measureHandshakes } from "./measures/handshakes.ts";
import { measureHistory } from "./measures/history.ts";
import { measureJoinRooms } from "./measures/join-rooms.ts";
import { measureLoopDelay } from "./measures/loop-delay.ts";
import { measureMemory } from "./measures/memory.ts";
import { measureReconnectStorm } from "./measures/reconnect-storm.ts";
import { measureRedis } from "./measures/redis.ts";
import { measureRedisMemory } from "./measures/redis-memory.ts";
import { measureStored } from "./measures/stored.ts";
import { measureWorkers } from "./measures/workers.ts";
import { createReport, describeMachine, jsonReport, markdownReport, plainReport } from "./report.ts";
import type { Row } from "./row.ts";
import { Servers } from "./servers.ts";

/** Two rounds to warm up, for the compiler's threads work through the first and are charged to the server. */
const FULL = { rounds: 3, warmUpRounds: 2 };
const QUICK = { rounds: 1, warmUpRounds: 1 };
/** Whom a quick run has time for. */
const QUICK_PEER = "socket.io";
const SPARE_ROUNDS = 15;
const RUN_LIMIT_MS = 2_700_000;
const USAGE = 64;
const INTERRUPTED = 130;

const measures = new Map<string, (bench: Bench) => Promise<Row[]>>([
  ["memory", measureMemory],
  ["handshakes", measureHandshakes],
  ["echo", measureEcho],
  ["fan-out", measureFanOut],
  ["stored", measureStored],
  ["redis", measureRedis],
  ["redis-memory", measureRedisMemory],
  ["loop-delay", measureLoopDelay],
  ["delivery-latency", measureDeliveryLatency],
  ["growth", measureGrowth],
  ["history", measureHistory],
  ["join-rooms", measureJoinRooms],
  ["reconnect-storm", measureReconnectStorm],
  ["workers", measureWorkers],
]);

/** Take their time, whatever is left out: only on demand in a quick run. */
const SLOW = ["redis-memory", "growth", "history", "join-rooms", "reconnect-storm", "workers"];

/** Whatever ends this process ends the servers that it started. */
function endServersAtExit(servers: Servers): void {
  process.on("exit", () => servers.endAll());
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => process.exit(INTERRUPTED));
  setTimeout(() => {
    console.error(`ended after ${RUN_LIMIT_MS / 60_000} minutes`);
    process.exit(1);
  }, RUN_LIMIT_MS).unref();
}

async function measureAll(bench: Bench, names: string[]): Promise<{ rows: Row[]; failed: number }> {
  const rows: Row[] = [];
  let failed = 0;
  for (const name of names) {
    const startMs = performance.now();
    console.error(`… ${name}`);
    try {
      rows.push(...((await measures.get(name)?.(bench)) ?? []));
    } catch (error) {
      failed++;
      console.error(`${name} failed:`, error);
    }
    console.error(`  ${Math.round((performance.now() - startMs) / 1000)} s`);
  }
  return { rows, failed };
}

function createBench(cores: Cores, isQuick: boolean): Bench {
  const servers = new Servers(cores);
  endServersAtExit(servers);
  return {
    loop: new LoadLoop(openLibc()),
    servers,
    peers: findPeers().peers.filter((kind) => !isQuick || kind === QUICK_PEER),
    ...(isQuick ? QUICK : FULL),
    spare: { rounds: isQuick ? 0 : SPARE_ROUNDS },
    isQuick,
  };
}

async function measure(options: BenchOptions): Promise<number> {
  const { isQuick, jsonPath, isMarkdown } = options;
  const names = options.names ?? namesFor(isQuick);
  const cores = pinLoad();
  console.error(`${describeMachine()}; ${cores.remark}`);
  const { rows, failed } = await measureAll(createBench(cores, isQuick), names);
  const report = await createReport(cores, isQuick, rows);
  console.log(isMarkdown ? markdownReport(report) : plainReport(report));
  if (jsonPath !== undefined) await Bun.write(jsonPath, jsonReport(report));
  return failed === 0 ? 0 : 1;
}

function namesFor(isQuick: boolean): string[] {
  return [...measures.keys()].filter((name) => !isQuick || !SLOW.includes(name));
}

function askedFor(names: string[]): BenchOptions | number {
  try {
    const options = readBenchOptions(process.argv.slice(2), names);
    if (options !== null) return options;
    console.log(benchUsage(names));
    return 0;
  } catch (error) {
    console.error(`${(error as Error).message}\n--help says what can be said.`);
    return USAGE;
  }
}

const asked = askedFor([...measures.keys()]);
process.exit(typeof asked === "number" ? asked : await measure(asked));

import { writeFileSync } from "node:fs";
import { atEnd } from "./at-end.ts";
import type { Bench } from "./bench.ts";
import { type BenchOptions, benchUsage, readBenchOptions } from "./bench-options.ts";
import { findPeers } from "./contestants.ts";
import { pinLoad } from "./cores.ts";
import { openLibc } from "./load/libc.ts";
import { LoadLoop } from "./load/load-loop.ts";
import { measureDeliveryLatency } from "./measures/delivery-latency.ts";
import { measureEcho } from "./measures/echo.ts";
import { measureFanOut } from "./measures/fan-out.ts";
import { measureGrowth } from "./measures/growth.ts";
import { measureHandshakes } from "./measures/handshakes.ts";
import { measureHistory } from "./measures/history.ts";
import { measureInstances } from "./measures/instances.ts";
import { measureJoinRooms } from "./measures/join-rooms.ts";
import { measureLoopDelay } from "./measures/loop-delay.ts";
import { measureMemory } from "./measures/memory.ts";
import { measureReconnectStorm } from "./measures/reconnect-storm.ts";
import { measureRedis } from "./measures/redis.ts";
import { measureRedisMemory } from "./measures/redis-memory.ts";
import { measureStored } from "./measures/stored.ts";
import { measureWorkers } from "./measures/workers.ts";
import {
  createReport,
  describeMachine,
  jsonReport,
  markdownReport,
  plainReport,
  type Report,
} from "./report.ts";
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
  ["instances", measureInstances],
]);

/** Take their time, whatever is left out: only on demand in a quick run. */
const SLOW = ["redis-memory", "growth", "history", "join-rooms", "reconnect-storm", "workers", "instances"];

function endInTime(): void {
  setTimeout(() => {
    console.error(`ended after ${RUN_LIMIT_MS / 60_000} minutes`);
    process.exit(1);
  }, RUN_LIMIT_MS).unref();
}

/** One measure after the other, whose rows are kept before the next begins. */
async function measureAll(bench: Bench, report: Report, keep: () => void): Promise<void> {
  for (const name of [...report.unmeasured]) {
    const startMs = performance.now();
    console.error(`… ${name}`);
    try {
      report.rows.push(...((await measures.get(name)?.(bench)) ?? []));
      report.unmeasured = report.unmeasured.filter((each) => each !== name);
    } catch (error) {
      console.error(`${name} failed:`, error);
    }
    keep();
    console.error(`  ${Math.round((performance.now() - startMs) / 1000)} s`);
  }
}

function createBench(servers: Servers, isQuick: boolean): Bench {
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
  const report = await createReport(cores, isQuick, names);
  const servers = new Servers(cores);
  atEnd(() => {
    servers.endAll();
    console.log(isMarkdown ? markdownReport(report) : plainReport(report));
  });
  endInTime();
  const keep = () => {
    if (jsonPath !== undefined) writeFileSync(jsonPath, jsonReport(report));
  };
  keep();
  await measureAll(createBench(servers, isQuick), report, keep);
  return report.unmeasured.length === 0 ? 0 : 1;
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

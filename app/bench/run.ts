import type { Bench } from "./bench.ts";
import { type Cores, pinLoad } from "./cores.ts";
import { openLibc } from "./load/libc.ts";
import { LoadLoop } from "./load/load-loop.ts";
import { measureDeliveryLatency } from "./measures/delivery-latency.ts";
import { measureEcho } from "./measures/echo.ts";
import { measureFanOut } from "./measures/fan-out.ts";
import { measureGrowth } from "./measures/growth.ts";
import { measureHandshakes } from "./measures/handshakes.ts";
import { measureLoopDelay } from "./measures/loop-delay.ts";
import { measureMemory } from "./measures/memory.ts";
import { measureRedis } from "./measures/redis.ts";
import { measureStored } from "./measures/stored.ts";
import { describeMachine, writeReport } from "./report.ts";
import type { Row } from "./row.ts";
import { Servers } from "./servers.ts";
import { printTable } from "./table.ts";

const ROUNDS = 3;
const SPARE_ROUNDS = 15;
const RUN_LIMIT_MS = 600_000;
const INTERRUPTED = 130;

const measures = new Map<string, (bench: Bench) => Promise<Row[]>>([
  ["memory", measureMemory],
  ["handshakes", measureHandshakes],
  ["echo", measureEcho],
  ["fan-out", measureFanOut],
  ["stored", measureStored],
  ["redis", measureRedis],
  ["loop-delay", measureLoopDelay],
  ["delivery-latency", measureDeliveryLatency],
  ["growth", measureGrowth],
]);

type Options = { names: string[]; jsonPath: string | undefined };

function parseArguments(values: string[]): Options {
  const json = values.indexOf("--json");
  const jsonPath = json < 0 ? undefined : values[json + 1];
  const names = json < 0 ? values : values.toSpliced(json, 2);
  const unknown = names.filter((name) => !measures.has(name));
  if (unknown.length > 0) throw new Error(`no benchmark named ${unknown}: there are ${[...measures.keys()]}`);
  return { names: names.length > 0 ? names : [...measures.keys()], jsonPath };
}

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

async function measureAll(names: string[], cores: Cores): Promise<{ rows: Row[]; failed: number }> {
  const servers = new Servers(cores);
  endServersAtExit(servers);
  const bench: Bench = {
    loop: new LoadLoop(openLibc()),
    servers,
    rounds: ROUNDS,
    spare: { rounds: SPARE_ROUNDS },
  };
  const rows: Row[] = [];
  let failed = 0;
  for (const name of names) {
    console.log(`… ${name}`);
    try {
      rows.push(...((await measures.get(name)?.(bench)) ?? []));
    } catch (error) {
      failed++;
      console.error(`${name} failed:`, error);
    }
  }
  return { rows, failed };
}

async function main(): Promise<number> {
  const { names, jsonPath } = parseArguments(process.argv.slice(2));
  const cores = pinLoad();
  console.log(`${describeMachine()}; ${cores.remark}`);
  const { rows, failed } = await measureAll(names, cores);
  printTable(rows);
  if (jsonPath !== undefined) await writeReport(jsonPath, cores, rows);
  return failed === 0 ? 0 : 1;
}

process.exit(await main());

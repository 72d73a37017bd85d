import { join } from "node:path";
import { readArguments, readCount, UsageError } from "../client/cli/read-arguments.ts";
import type { RedisServer } from "../test/support/redis-server.ts";
import { atEnd } from "./at-end.ts";
import { pinLoad } from "./cores.ts";
import { ManySocketsLoad } from "./many-sockets-load.ts";
import { describeMachine } from "./report.ts";
import { median } from "./row.ts";
import { NO_HEARTBEAT, Servers } from "./servers.ts";
import { residentKilobytes, startMeter } from "./usage.ts";

const usage = `How memory and CPU grow with connections beyond one process: several servers with one Redis, rooms of ten
whose members are spread over all servers, and a process of clients for each step.

Usage: bun bench/many-sockets.ts [options]

  --sockets N   in all, 1 to 60000 (60000); 16,000 for each server and each step at the most
  --servers N   server processes, all on one core, 1 to 8 (4)
  --steps N     after which memory and CPU are read, 1 to 8 (4)
  --help        this text`;

/** What a server admits, and what a process of clients may open. */
const PROCESS_SOCKETS = 16_000;

const text = { type: "string" } as const;
const asked = readArguments(
  usage,
  {
    sockets: { ...text, default: "60000" },
    servers: { ...text, default: "4" },
    steps: { ...text, default: "4" },
  },
  ({ sockets, servers, steps }) => {
    const read = {
      sockets: readCount("sockets", sockets, 60_000),
      servers: readCount("servers", servers, 8),
      steps: readCount("steps", steps, 8),
    };
    if (read.sockets / Math.min(read.servers, read.steps) > PROCESS_SOCKETS)
      throw new UsageError(
        `No process holds more than ${PROCESS_SOCKETS} sockets: more servers, or more steps.`,
      );
    return read;
  },
);

const ROOM_SOCKETS = 10;
const MESSAGES_PER_SECOND = 1000;
const SECONDS = 2;
const ROUNDS = 3;
const IDLE_MS = 4000;
const COLLECTIONS = 3;
const COLLECTION_MS = 700;
const PRELOAD = `--preload=${join(import.meta.dir, "collect-on-signal.ts")}`;

/** Seconds by the clock; of CPU, of all servers and of Redis, in each of them or for each message. */
type Cpu = { seconds: number; server: number; redis: number };

const cores = pinLoad();
const servers = new Servers(cores);
const loads: ManySocketsLoad[] = [];
atEnd(() => {
  for (const load of loads) load.end();
  servers.endAll();
});
await main();
process.exit(0);

async function main(): Promise<void> {
  console.log(`${describeMachine()}; ${cores.remark}, with Redis and ${asked.steps} processes of clients`);
  await using redis = await servers.startRedis();
  const environment = { ...NO_HEARTBEAT, REDIS_URL: redis.url, BUN_OPTIONS: PRELOAD };
  const started = [];
  for (let index = 0; index < asked.servers; index++) started.push(await servers.start("ours", environment));
  const pids = started.map(({ pid }) => pid);
  const ports = started.map(({ port }) => port);
  const emptyKilobytes = await settledKilobytes(pids);
  const perStep = Math.floor(asked.sockets / asked.steps / ROOM_SOCKETS) * ROOM_SOCKETS;
  for (let step = 1; step <= asked.steps; step++) {
    loads.push(await ManySocketsLoad.start(cores, { name: `step-${step}`, ports, sockets: perStep }));
    const kilobytes = (await settledKilobytes(pids)) - emptyKilobytes;
    const idle = await watch(pids, redis, () => Bun.sleep(IDLE_MS));
    const cost = await costPerMessage(pids, redis, idle);
    const sockets = (step * perStep).toLocaleString("en");
    const memory = (kilobytes / (step * perStep)).toFixed(2);
    console.log(
      `${sockets} sockets: ${memory} KB each; idle, ${percent(idle.server)} of a core for the servers and ` +
        `${percent(idle.redis)} for Redis; per message, ${microseconds(cost.server)} and ${microseconds(cost.redis)} more`,
    );
  }
}

/** Of all servers together, after some garbage collections. */
async function settledKilobytes(pids: number[]): Promise<number> {
  for (let collection = 0; collection < COLLECTIONS; collection++) {
    for (const pid of pids) process.kill(pid, "SIGUSR2");
    await Bun.sleep(COLLECTION_MS);
  }
  return pids.reduce((total, pid) => total + residentKilobytes(pid), 0);
}

/** What a message takes beyond what is taken without any; they are shared out evenly between the clients. */
async function costPerMessage(pids: number[], redis: RedisServer, idle: Cpu): Promise<Cpu> {
  const costs: Cpu[] = [];
  const perLoad = { perSecond: MESSAGES_PER_SECOND / loads.length, seconds: SECONDS };
  for (let round = 0; round <= ROUNDS; round++) {
    let messages = 0;
    const busy = await watch(pids, redis, async () => {
      const counts = await Promise.all(loads.map((load) => load.publish(perLoad)));
      messages = counts.reduce((total, count) => total + count, 0);
    });
    const cost = (of: "server" | "redis") => ((busy[of] - idle[of]) * busy.seconds) / messages;
    costs.push({ seconds: busy.seconds, server: cost("server"), redis: cost("redis") });
  }
  const [, ...counted] = costs;
  const middle = (of: keyof Cpu) => median(counted.map((cost) => cost[of]));
  return { seconds: middle("seconds"), server: middle("server"), redis: middle("redis") };
}

async function watch(pids: number[], redis: RedisServer, work: () => Promise<void>): Promise<Cpu> {
  const redisBefore = await redisSeconds(redis);
  const meter = startMeter(pids);
  await work();
  const { seconds, serverCpuSeconds } = meter();
  const redisCpuSeconds = (await redisSeconds(redis)) - redisBefore;
  return { seconds, server: serverCpuSeconds / seconds, redis: redisCpuSeconds / seconds };
}

async function redisSeconds(redis: RedisServer): Promise<number> {
  const info = String(await redis.ask("INFO", "cpu"));
  const seconds = ["used_cpu_sys", "used_cpu_user"].map((name) => Number(info.match(`${name}:(.*)`)?.[1]));
  return seconds.reduce((total, value) => total + value, 0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function microseconds(seconds: number): string {
  return `${Math.round(seconds * 1e6)} µs`;
}

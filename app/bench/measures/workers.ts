import { type Bench, withServer } from "../bench.ts";
import { pin } from "../cores.ts";
import { CommandSender } from "../load/command-sender.ts";
import { echoCommand } from "../load/commands.ts";
import { gatherCrowd } from "../load/crowd.ts";
import { listenersOn } from "../load/listen-queue.ts";
import type { LoadLoop } from "../load/load-loop.ts";
import { openSockets } from "../load/open-sockets.ts";
import { publish } from "../load/publish.ts";
import { makeRoundTrips, perCpuSecond, type RoundTrips } from "../load/round-trips.ts";
import { type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT, type Server } from "../servers.ts";
import { takeTurns } from "../take-turns.ts";
import { withChildren } from "../usage.ts";

const WORKERS = [1, 2];
const MEMBERS = 5;
/** For each worker, so that two of them find as much to do together at a time as one does. */
const ROOMS = 64;
/** Of each worker: four processes on two cores are busy then, and wait for each other little. */
const MESSAGES_PER_SECOND = 5000;
const ECHO_SOCKETS = 200;
const ECHOES_IN_FLIGHT = 8;
const SECONDS = 2;
const LIMIT_MS = 10_000;
const ALL_CORES = `0-${navigator.hardwareConcurrency - 1}`;
/** Two that each do so much of what one does per second of CPU do 1.7 times as much where each has a core. */
const KEPT = 0.85;

/** `pids`: with their parent. */
type Workers = { count: number; pids: number[] };

type Work = {
  what: string;
  unit: string;
  prepare: (loop: LoadLoop, server: Server, workers: Workers) => Promise<() => Promise<RoundTrips>>;
};

const WORKS: Work[] = [
  {
    what: `stored in Redis and delivered to ${MEMBERS}, ${MESSAGES_PER_SECOND.toLocaleString("en")} per second and worker`,
    unit: "messages/CPU s",
    prepare: preparePublishing,
  },
  { what: `echo, ${ECHO_SOCKETS} sockets per worker`, unit: "round trips/CPU s", prepare: prepareEcho },
];

/**
 * One worker, and two with twice the load. Here they share two cores with the load and with Redis, so that the clock
 * says little; what a second of CPU does says what two would do where each has a core of its own.
 */
export async function measureWorkers(bench: Bench): Promise<Row[]> {
  await using redis = await bench.servers.startRedis();
  const rows: Row[] = [];
  for (const work of WORKS)
    rows.push(...toRows(work, await measureCounts(bench, redis.url, work, WORKERS, [])));
  return rows;
}

/** Starts a server with each number of workers, then measures them in turn. */
async function measureCounts(
  bench: Bench,
  redisUrl: string,
  work: Work,
  [count, ...others]: number[],
  prepared: (() => Promise<RoundTrips>)[],
): Promise<RoundTrips[][]> {
  if (count === undefined) return takeTurns(bench, prepared);
  const place = { REDIS_URL: redisUrl, REDIS_PREFIX: `workers-${count}`, WORKERS: String(count) };
  return withServer(bench, "ours", { ...NO_HEARTBEAT, ...place }, async (server) => {
    await bench.loop.runUntil(() => listenersOn(server.port) === count, `${count} workers`, LIMIT_MS);
    const pids = withChildren(server.pid);
    for (const pid of pids) pin(pid, ALL_CORES);
    const measure = await work.prepare(bench.loop, server, { count, pids });
    return measureCounts(bench, redisUrl, work, others, [...prepared, measure]);
  });
}

async function preparePublishing(loop: LoadLoop, { port }: Server, { count, pids }: Workers) {
  const groups = Array.from({ length: count * ROOMS }, (_, index) => ({
    rooms: [`room:worker-${index}`],
    publishers: 1,
    members: MEMBERS,
    // Two workers batch differently, so that bytes cannot be compared: everybody is read in full.
    checked: MEMBERS,
  }));
  const crowd = await gatherCrowd(loop, port, groups);
  return async () => {
    const { messages, usage } = await publish(
      loop,
      pids,
      crowd,
      { perSecond: count * MESSAGES_PER_SECOND },
      SECONDS,
    );
    return { count: messages, usage };
  };
}

async function prepareEcho(loop: LoadLoop, { port }: Server, { count, pids }: Workers) {
  const sockets = await openSockets(loop, port, Array<string[]>(count * ECHO_SOCKETS).fill([]));
  const senders = sockets.map(
    (socket) => new CommandSender(socket, { commands: [echoCommand()], answerType: "message_response" }),
  );
  return () => makeRoundTrips(loop, pids, senders, ECHOES_IN_FLIGHT, SECONDS);
}

function toRows({ what, unit }: Work, figures: RoundTrips[][]): Row[] {
  const [one = [], two = []] = figures;
  const rates = WORKERS.map((count, index) => {
    const title = `${what}, ${count} ${count === 1 ? "worker" : "workers"}`;
    return toRow({ ours: figures[index] ?? [], raw: [] }, perCpuSecond, { what: title, unit });
  });
  const kept = two.map((figure, round) => perCpuSecond(figure) / perCpuSecond(one[round] as RoundTrips));
  const text = { what: "  two beside one", unit: "times" };
  return [...rates, { ...(rates.at(-1) as Row), ...text, ours: kept, budget: { of: "ours", min: KEPT } }];
}

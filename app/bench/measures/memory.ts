import { join } from "node:path";
import { type Bench, withServer } from "../bench.ts";
import { type Budget, budgets } from "../budgets.ts";
import type { Kind } from "../each.ts";
import { type Both, inTurn } from "../in-turn.ts";
import { openSockets } from "../load/open-sockets.ts";
import { figure } from "../measure-table.ts";
import { type Row, toRow } from "../row.ts";
import type { Server } from "../servers.ts";
import { residentKilobytes, startMeter, type Usage } from "../usage.ts";

const TITLE = "memory per idle connection, ";
const JOINED = ["room:idle"];
const NOTHING: string[] = [];
/** Opened and closed first: what a first connection costs once (compiled code, tables) is not per connection. */
const WARM_UP = 500;
/** So many connections, one after the other: few, in the middle, many. */
const STEPS = [1000, 8000, 15_000] as const;
const PLAIN = 8000;
const QUICK = 4000;
const SETTLED_KILOBYTES = 256;
const SETTLE_ATTEMPTS = 10;
const SETTLE_MS = 600;
const PRELOAD = `--preload=${join(import.meta.dir, "..", "collect-on-signal.ts")}`;

type Grown = { perConnection: number; usage: Usage };

/** Resident memory per idle connection: that has joined one room, and that has joined none. */
export async function measureMemory(bench: Bench): Promise<Row[]> {
  const quick = { what: `${figure(QUICK)} in one room`, budget: budgets.memory };
  if (bench.isQuick) return [await measureAtOnce(bench, QUICK, JOINED, quick)];
  const plain = { what: `${figure(PLAIN)} that joined nothing` };
  return [...(await measureSteps(bench)), await measureAtOnce(bench, PLAIN, NOTHING, plain)];
}

async function measureSteps(bench: Bench): Promise<Row[]> {
  const figures = await growEach(bench, (server) => growInSteps(bench, server));
  const [few, middle, many] = STEPS.map(figure);
  return [
    toRow(figures, ({ perConnection }) => perConnection, {
      what: `${TITLE}${many} in one room`,
      unit: "KB",
      budget: budgets.memory,
    }),
    toRow(figures, ({ growth }) => growth, {
      what: `  growth: ${middle} to ${many} over ${few} to ${middle}`,
      unit: "per connection",
      budget: budgets.growthOfMemory,
    }),
    toRow(figures, ({ usage }) => (usage.serverCpuSeconds * 1e6) / (STEPS[2] - STEPS[1]), {
      what: `  CPU to connect and join, ${middle} to ${many}`,
      unit: "µs",
    }),
  ];
}

async function measureAtOnce(
  bench: Bench,
  count: number,
  rooms: string[],
  { what, ...budget }: { what: string; budget?: Budget },
): Promise<Row> {
  const figures = await growEach(bench, (server) => growAtOnce(bench, server, count, rooms));
  const text = { what: `${TITLE}${what}`, unit: "KB", ...budget };
  return toRow(figures, ({ perConnection }) => perConnection, text);
}

/** Each time with a new server: memory that was given back is not what a new one would take. */
async function growEach<T extends { usage: Usage }>(
  bench: Bench,
  grow: (server: Server) => Promise<T>,
): Promise<Both<T>> {
  const measure = (kind: Kind) => () => withServer(bench, kind, { BUN_OPTIONS: PRELOAD }, grow);
  const peers = Object.fromEntries(bench.peers.map((kind) => [kind, measure(kind)]));
  const all = { ours: measure("ours"), raw: measure("raw"), ...peers };
  return inTurn(bench.rounds, { rounds: 0 }, all);
}

async function growInSteps(bench: Bench, server: Server): Promise<Grown & { growth: number }> {
  const [few, middle, many] = STEPS;
  const base = await warmedUpKilobytes(bench, server, JOINED);
  await open(bench, server, few);
  const atFew = await settledKilobytes(bench, server);
  await open(bench, server, middle - few);
  const atMiddle = await settledKilobytes(bench, server);
  const usage = await open(bench, server, many - middle);
  const atMany = await settledKilobytes(bench, server);
  const growth = (atMany - atMiddle) / (many - middle) / ((atMiddle - atFew) / (middle - few));
  return { perConnection: (atMany - base) / many, growth, usage };
}

async function growAtOnce(bench: Bench, server: Server, count: number, rooms: string[]): Promise<Grown> {
  const base = await warmedUpKilobytes(bench, server, rooms);
  const usage = await open(bench, server, count, rooms);
  const perConnection = ((await settledKilobytes(bench, server)) - base) / count;
  return { perConnection, usage };
}

async function warmedUpKilobytes(bench: Bench, server: Server, rooms: string[]): Promise<number> {
  await open(bench, server, WARM_UP, rooms);
  bench.loop.closeAll();
  return settledKilobytes(bench, server);
}

async function open({ loop }: Bench, server: Server, count: number, rooms = JOINED): Promise<Usage> {
  const meter = startMeter(server.pid);
  await openSockets(loop, server.port, Array<string[]>(count).fill(rooms), server.wire);
  return meter();
}

/** Asks for garbage collections until the resident memory stays what it is. */
async function settledKilobytes({ loop }: Bench, { pid }: Server): Promise<number> {
  let before = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < SETTLE_ATTEMPTS; attempt++) {
    process.kill(pid, "SIGUSR2");
    await loop.runFor(SETTLE_MS);
    const now = residentKilobytes(pid);
    if (Math.abs(before - now) < SETTLED_KILOBYTES) return now;
    before = now;
  }
  return before;
}

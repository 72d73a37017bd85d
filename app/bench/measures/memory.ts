import { join } from "node:path";
import { type Bench, withServer } from "../bench.ts";
import { budgets } from "../budgets.ts";
import type { Kind } from "../each.ts";
import { inTurn } from "../in-turn.ts";
import { openSockets } from "../load/open-sockets.ts";
import { type Row, toRow } from "../row.ts";
import type { Server } from "../servers.ts";
import { residentKilobytes, startMeter, type Usage } from "../usage.ts";

const ROOM = "room:idle";
/** Opened and closed first: what a first connection costs once (compiled code, tables) is not per connection. */
const WARM_UP = 500;
/** So many connections, one after the other: few, in the middle, many. */
const STEPS = [1000, 8000, 15_000] as const;
const QUICK_STEPS = [500, 2000, 4000] as const;
const SETTLED_KILOBYTES = 256;
const SETTLE_ATTEMPTS = 10;
const SETTLE_MS = 600;
const PRELOAD = `--preload=${join(import.meta.dir, "..", "collect-on-signal.ts")}`;

type Steps = typeof STEPS | typeof QUICK_STEPS;
type Grown = { perConnection: number; growth: number; usage: Usage };

/** Resident memory per idle connection that has joined one room. */
export async function measureMemory(bench: Bench): Promise<Row[]> {
  const steps = bench.isQuick ? QUICK_STEPS : STEPS;
  const grow = (kind: Kind) => () =>
    withServer(bench, kind, { BUN_OPTIONS: PRELOAD }, (server) => growToMany(bench, server, steps));
  const peers = Object.fromEntries(bench.peers.map((kind) => [kind, grow(kind)]));
  const figures = await inTurn(
    bench.rounds,
    { rounds: 0 },
    { ours: grow("ours"), raw: grow("raw"), ...peers },
  );
  const [few, middle, many] = steps.map((count) => count.toLocaleString("en"));
  return [
    toRow(figures, ({ perConnection }) => perConnection, {
      what: `memory per idle connection, ${many} in one room`,
      unit: "KB",
      budget: budgets.memory,
    }),
    toRow(figures, ({ growth }) => growth, {
      what: `  growth: ${middle} to ${many} over ${few} to ${middle}`,
      unit: "per connection",
      budget: budgets.growthOfMemory,
    }),
    toRow(figures, ({ usage }) => (usage.serverCpuSeconds * 1e6) / (steps[2] - steps[1]), {
      what: `  CPU to connect and join, ${middle} to ${many}`,
      unit: "µs",
    }),
  ];
}

async function growToMany(bench: Bench, server: Server, [few, middle, many]: Steps): Promise<Grown> {
  await open(bench, server, WARM_UP);
  bench.loop.closeAll();
  const base = await settledKilobytes(bench, server);
  await open(bench, server, few);
  const atFew = await settledKilobytes(bench, server);
  await open(bench, server, middle - few);
  const atMiddle = await settledKilobytes(bench, server);
  const usage = await open(bench, server, many - middle);
  const atMany = await settledKilobytes(bench, server);
  const growth = (atMany - atMiddle) / (many - middle) / ((atMiddle - atFew) / (middle - few));
  return { perConnection: (atMany - base) / many, growth, usage };
}

async function open({ loop }: Bench, server: Server, count: number): Promise<Usage> {
  const meter = startMeter(server.pid);
  await openSockets(loop, server.port, Array<string[]>(count).fill([ROOM]), server.wire);
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

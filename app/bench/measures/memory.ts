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
const FEW = 1000;
const MIDDLE = 8000;
const MANY = 15_000;
const SETTLED_KILOBYTES = 256;
const SETTLE_ATTEMPTS = 10;
const SETTLE_MS = 600;
const PRELOAD = `--preload=${join(import.meta.dir, "..", "collect-on-signal.ts")}`;

type Grown = { perConnection: number; growth: number; usage: Usage };

/** Resident memory per idle connection that has joined one room. */
export async function measureMemory(bench: Bench): Promise<Row[]> {
  const grow = (kind: Kind) => () =>
    withServer(bench, kind, { BUN_OPTIONS: PRELOAD }, (server) => growToMany(bench, server));
  const peers = Object.fromEntries(bench.peers.map((kind) => [kind, grow(kind)]));
  const figures = await inTurn(
    bench.rounds,
    { rounds: 0 },
    { ours: grow("ours"), raw: grow("raw"), ...peers },
  );
  return [
    toRow(figures, ({ perConnection }) => perConnection, {
      what: "memory per idle connection, 15,000 in one room",
      unit: "KB",
      budget: budgets.memory,
    }),
    toRow(figures, ({ growth }) => growth, {
      what: "  growth: 8,000 to 15,000 over 1,000 to 8,000",
      unit: "per connection",
      budget: { of: "ours", max: 1.15 },
    }),
    toRow(figures, ({ usage }) => (usage.serverCpuSeconds * 1e6) / (MANY - MIDDLE), {
      what: "  CPU to connect and join, 8,000 to 15,000",
      unit: "µs",
    }),
  ];
}

async function growToMany(bench: Bench, server: Server): Promise<Grown> {
  await open(bench, server, WARM_UP);
  bench.loop.closeAll();
  const base = await settledKilobytes(bench, server);
  await open(bench, server, FEW);
  const few = await settledKilobytes(bench, server);
  await open(bench, server, MIDDLE - FEW);
  const middle = await settledKilobytes(bench, server);
  const usage = await open(bench, server, MANY - MIDDLE);
  const many = await settledKilobytes(bench, server);
  const growth = (many - middle) / (MANY - MIDDLE) / ((middle - few) / (MIDDLE - FEW));
  return { perConnection: (many - base) / MANY, growth, usage };
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

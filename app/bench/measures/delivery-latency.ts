import { type Bench, roundSeconds, withBoth } from "../bench.ts";
import { type Budget, budgets } from "../budgets.ts";
import type { Each } from "../each.ts";
import { type Both, inTurn } from "../in-turn.ts";
import { type Crowd, gatherCrowd } from "../load/crowd.ts";
import type { Group, GroupShape } from "../load/group.ts";
import { type Published, publish } from "../load/publish.ts";
import { percentile, type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT, type Server } from "../servers.ts";

const SECONDS = 3;
const CALIBRATION_SECONDS = 1;
const LOADS = [0.5, 0.8];
/** The load that the budgets are about. */
const HALF = 0.5;

type Shape = { what: string; groups: GroupShape[]; kind: "ours" | "redis"; budget?: Budget };
type Delivered = Published & { latenciesMs: number[] };

const CROWDED = { what: "1 room of 1,000", groups: groupsOf(1, 1000, 20), kind: "ours" } as const;
const SHAPES: Shape[] = [
  { ...CROWDED, budget: budgets.latency },
  { what: "100 rooms of 10", groups: groupsOf(100, 10, 1), kind: "ours" },
];
const REDIS_SHAPE: Shape = {
  ...CROWDED,
  what: "1 room of 1,000, Redis",
  kind: "redis",
  budget: budgets.latencyRedis,
};

/**
 * From when the publisher's message was due to the member's read, at rates that keep our server so busy. Both
 * servers get the same rate, whether they keep up or not.
 */
export async function measureDeliveryLatency(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const shape of shapesFor(bench)) {
    const measure = (servers: Each<Server>) => measureShape(bench, shape, servers);
    rows.push(...(await withBoth(bench, [shape.kind, NO_HEARTBEAT], measure)));
  }
  return rows;
}

function shapesFor({ isQuick, peers }: Bench): Shape[] {
  if (isQuick) return SHAPES.slice(0, 1);
  return peers.includes("redis") ? [...SHAPES, REDIS_SHAPE] : SHAPES;
}

async function measureShape(bench: Bench, shape: Shape, servers: Each<Server>): Promise<Row[]> {
  const gather = ({ port, wire }: Server) => gatherCrowd(bench.loop, port, shape.groups, wire);
  const raw = await gather(servers.raw);
  const ours = await gather(servers.ours);
  const rows: Row[] = [];
  for (const load of bench.isQuick ? [HALF] : LOADS) {
    const perSecond = await rateFor(load, bench, servers.ours, ours);
    const figures = await inTurn(bench.rounds, bench.spare, {
      ours: () => deliver(bench, servers.ours, ours, perSecond),
      raw: () => deliver(bench, servers.raw, raw, perSecond),
    });
    rows.push(...toRows(shape, load, perSecond, figures));
  }
  return rows;
}

function toRows({ what, budget }: Shape, load: number, perSecond: number, figures: Both<Delivered>): Row[] {
  const title = `delivery at ${load * 100} % load, ${what}, ${Math.round(perSecond)} messages/s`;
  const added = addedRow(figures);
  return [
    latencyRow(figures, `${title}: p50`, 0.5),
    latencyRow(figures, `${title}: p99`, 0.99),
    load === HALF && budget !== undefined ? { ...added, budget } : added,
    latencyRow(figures, `${title}: p99.9`, 0.999),
  ];
}

/** Finds the rate by trying: first closed loop, then paced, each time scaled to the load of the processor. */
async function rateFor(load: number, { loop }: Bench, server: Server, crowd: Crowd): Promise<number> {
  const scaled = ({ messages, usage }: Published) => (messages / usage.serverCpuSeconds) * load;
  const closedLoop = await publish(loop, server.pid, crowd, { inFlight: 1 }, CALIBRATION_SECONDS);
  const pace = { perSecond: scaled(closedLoop) };
  return scaled(await publish(loop, server.pid, crowd, pace, CALIBRATION_SECONDS));
}

async function deliver(bench: Bench, server: Server, crowd: Crowd, perSecond: number): Promise<Delivered> {
  const latenciesMs: number[] = [];
  for (const group of crowd.groups) recordLatencies(group, latenciesMs);
  const seconds = roundSeconds(bench, SECONDS);
  return { ...(await publish(bench.loop, server.pid, crowd, { perSecond }, seconds)), latenciesMs };
}

function recordLatencies({ publishers: [publisher], checkers }: Group, latenciesMs: number[]): void {
  for (const checker of checkers) {
    checker.onMessage = (number, readAtMs) =>
      latenciesMs.push(readAtMs - (publisher?.sentAtMs(number) ?? Number.NaN));
  }
}

function latencyRow(figures: Both<Delivered>, what: string, share: number): Row {
  return toRow(figures, ({ latenciesMs }) => percentile(latenciesMs, share), { what, unit: "ms" });
}

/** Round by round, what ours adds to raw. */
function addedRow(figures: Both<Delivered>): Row {
  const row = latencyRow(figures, "  added to raw's p99", 0.99);
  const ours = row.ours.map((value, round) => value - (row.raw[round] ?? Number.NaN));
  return { ...row, ours, raw: [] };
}

function groupsOf(rooms: number, members: number, checked: number): GroupShape[] {
  return Array.from({ length: rooms }, (_, index) => ({
    rooms: [`room:latency-${index}`],
    publishers: 1,
    members,
    checked,
  }));
}

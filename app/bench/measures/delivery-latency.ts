import { type Bench, withBoth } from "../bench.ts";
import { budgets } from "../budgets.ts";
import type { Each } from "../each.ts";
import { type Both, inTurn } from "../in-turn.ts";
import { type Crowd, gatherCrowd } from "../load/crowd.ts";
import type { Group, GroupShape } from "../load/group.ts";
import { type Published, publish } from "../load/publish.ts";
import { percentile, type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT, type Server } from "../servers.ts";

const SECONDS = 3;
const CALIBRATION_SECONDS = 1;
const LOAD = 0.5;

type Shape = { what: string; groups: GroupShape[]; isBudget: boolean };
type Delivered = Published & { latenciesMs: number[] };

const SHAPES: Shape[] = [
  { what: "1 room of 1,000", groups: groupsOf(1, 1000, 20), isBudget: true },
  { what: "100 rooms of 10", groups: groupsOf(100, 10, 1), isBudget: false },
];

/** From the publisher's write to the member's read, at the rate that keeps our server half busy. */
export async function measureDeliveryLatency(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const shape of SHAPES) {
    rows.push(
      ...(await withBoth(bench, ["ours", NO_HEARTBEAT], (servers) => measureShape(bench, shape, servers))),
    );
  }
  return rows;
}

async function measureShape(
  bench: Bench,
  { what, groups, isBudget }: Shape,
  servers: Each<Server>,
): Promise<Row[]> {
  const raw = await gatherCrowd(bench.loop, servers.raw.port, groups);
  const ours = await gatherCrowd(bench.loop, servers.ours.port, groups);
  const perSecond = await halfLoad(bench, servers.ours, ours);
  const figures = await inTurn(bench.rounds, bench.spare, {
    ours: () => deliver(bench, servers.ours, ours, perSecond),
    raw: () => deliver(bench, servers.raw, raw, perSecond),
  });
  const title = `delivery at ${LOAD * 100} % load, ${what}, ${Math.round(perSecond)} messages/s`;
  return [
    latencyRow(figures, `${title}: p50`, 0.5),
    latencyRow(figures, `${title}: p99`, 0.99),
    addedRow(figures, isBudget),
  ];
}

/** Finds the rate by trying: first closed loop, then paced, each time scaled to half of the processor. */
async function halfLoad({ loop }: Bench, server: Server, crowd: Crowd): Promise<number> {
  const closedLoop = await publish(loop, server.pid, crowd, { inFlight: 1 }, CALIBRATION_SECONDS);
  const guess = scaled(closedLoop);
  return scaled(await publish(loop, server.pid, crowd, { perSecond: guess }, CALIBRATION_SECONDS));
}

function scaled({ messages, usage }: Published): number {
  return (messages / usage.serverCpuSeconds) * LOAD;
}

async function deliver({ loop }: Bench, server: Server, crowd: Crowd, perSecond: number): Promise<Delivered> {
  const latenciesMs: number[] = [];
  for (const group of crowd.groups) recordLatencies(group, latenciesMs);
  return { ...(await publish(loop, server.pid, crowd, { perSecond }, SECONDS)), latenciesMs };
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
function addedRow(figures: Both<Delivered>, isBudget: boolean): Row {
  const row = latencyRow(figures, "  added to raw's p99", 0.99);
  const ours = row.ours.map((value, round) => value - (row.raw[round] ?? Number.NaN));
  return { ...row, ours, raw: [], ...(isBudget ? { budget: budgets.latency } : {}) };
}

function groupsOf(rooms: number, members: number, checked: number): GroupShape[] {
  return Array.from({ length: rooms }, (_, index) => ({
    rooms: [`room:latency-${index}`],
    publishers: 1,
    members,
    checked,
  }));
}

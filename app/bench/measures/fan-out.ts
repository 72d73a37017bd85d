import { type Bench, compare, compareAll, roundSeconds } from "../bench.ts";
import { type Budget, budgets } from "../budgets.ts";
import type { Both } from "../in-turn.ts";
import { type Crowd, gatherCrowd } from "../load/crowd.ts";
import { type Pace, type Published, publish } from "../load/publish.ts";
import { PER_CPU_SECOND, type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT, type Server } from "../servers.ts";

const MEMBERS = 1000;
const CHECKED = 5;
const SECONDS = 2;
/** Few members, so that it makes as many messages as nine rounds with 1,000, and the compiler is done. */
const WARM_UP_SECONDS = 3;
const WARM_UP = { rooms: ["room:warm-up"], publishers: 4, members: 4, checked: 4 };

type Shape = {
  what: string;
  rooms: number;
  publishers: number;
  pace: Pace;
  /** Not where together they would need more sockets than a process may have open. */
  withPeers?: boolean;
  budget?: Budget;
};

/** The first tells how fast the disk is, and is left out of a quick run. */
const SHAPES: Shape[] = [
  { what: "1 room, one by one", rooms: 1, publishers: 1, pace: { inFlight: 1 }, withPeers: true },
  { what: "4 rooms, one by one", rooms: 4, publishers: 1, pace: { inFlight: 1 }, budget: budgets.fanOut },
  { what: "1 room, bursts of 32", rooms: 1, publishers: 1, pace: { inFlight: 32 }, withPeers: true },
  { what: "4 rooms, bursts of 32", rooms: 4, publishers: 1, pace: { inFlight: 32 }, budget: budgets.fanOut },
  {
    what: "1 room, 4 publishers, 32 in flight each",
    rooms: 1,
    publishers: 4,
    pace: { inFlight: 32 },
    budget: budgets.fanOutSaturated,
  },
];

/** Deliveries per second to rooms of 1,000 members, all messages stored by ours before they go out. */
export async function measureFanOut(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const shape of bench.isQuick ? SHAPES.slice(1) : SHAPES) {
    const against = shape.withPeers === true ? compareAll : compare;
    const figures = await against(bench, NO_HEARTBEAT, (server) => prepare(bench, shape, server));
    rows.push(...toRows(shape, figures));
  }
  return rows;
}

async function prepare(bench: Bench, shape: Shape, server: Server): Promise<() => Promise<Published>> {
  await warmUp(bench, server);
  const groups = Array.from({ length: shape.rooms }, (_, index) => ({
    rooms: [`room:fan-out-${index}`],
    publishers: shape.publishers,
    members: MEMBERS,
    checked: CHECKED,
  }));
  const crowd: Crowd = await gatherCrowd(bench.loop, server.port, groups, server.wire);
  return () => publish(bench.loop, server.pid, crowd, shape.pace, roundSeconds(bench, SECONDS));
}

async function warmUp(bench: Bench, server: Server): Promise<void> {
  const crowd = await gatherCrowd(bench.loop, server.port, [WARM_UP], server.wire);
  await publish(bench.loop, server.pid, crowd, { inFlight: 32 }, roundSeconds(bench, WARM_UP_SECONDS));
}

function toRows({ what, budget }: Shape, figures: Both<Published>): Row[] {
  const text = { what: `fan-out to 1,000: ${what}`, unit: "deliveries/s" };
  const wall = toRow(
    figures,
    ({ deliveriesPerSecond }) => deliveriesPerSecond,
    budget === undefined ? text : { ...text, budget },
  );
  const perCpu = toRow(figures, ({ deliveries, usage }) => deliveries / usage.serverCpuSeconds, {
    what: PER_CPU_SECOND,
    unit: "deliveries/s",
  });
  return [wall, perCpu];
}

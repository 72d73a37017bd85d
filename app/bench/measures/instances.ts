import { RedisServer } from "../../test/support/redis-server.ts";
import { type Bench, roundSeconds, withServer } from "../bench.ts";
import { budgets } from "../budgets.ts";
import { gatherCrowd } from "../load/crowd.ts";
import { type Published, publish } from "../load/publish.ts";
import { type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT, type Server } from "../servers.ts";
import { takeTurns } from "../take-turns.ts";
import { startMeter } from "../usage.ts";

const MEMBERS = 1000;
const CHECKED = 5;
const SECONDS = 2;
const SHAPES = [
  { what: "one by one", inFlight: 1 },
  { what: "bursts of 32", inFlight: 32 },
];

/** With what each server took of it, the one with the publisher first. */
type Shared = Published & { cpuSeconds: number[] };

/**
 * One room with 1,000 members on each of two servers with Redis, beside one embedded server with 1,000. All servers share
 * a core here: a second of CPU says what each would do on one of its own, and the dearer one how fast both are.
 */
export async function measureInstances(bench: Bench): Promise<Row[]> {
  await using redis = await RedisServer.start("--maxmemory-policy", "noeviction");
  const shared = { ...NO_HEARTBEAT, REDIS_URL: redis.url };
  const rows: Row[] = [];
  await withServer(bench, "ours", NO_HEARTBEAT, (embedded) =>
    withServer(bench, "ours", shared, (first) =>
      withServer(bench, "ours", shared, async (second) => {
        for (const shape of SHAPES)
          rows.push(...(await measureShape(bench, shape, embedded, [first, second])));
      }),
    ),
  );
  return rows;
}

async function measureShape(
  bench: Bench,
  shape: (typeof SHAPES)[number],
  embedded: Server,
  two: Server[],
): Promise<Row[]> {
  const places = [[embedded], two];
  const prepared = [];
  for (const place of places) prepared.push(await prepare(bench, shape, place));
  const [alone = [], together = []] = await takeTurns(bench, prepared);
  return toRows(shape.what, alone, together);
}

async function prepare(bench: Bench, { what, inFlight }: (typeof SHAPES)[number], servers: Server[]) {
  const room = { rooms: [`room:${what.replaceAll(" ", "-")}`], publishers: 1, checked: CHECKED };
  const ports = servers.map(({ port }) => port);
  const pids = servers.map(({ pid }) => pid);
  const crowd = await gatherCrowd(bench.loop, ports, [{ ...room, members: MEMBERS * servers.length }]);
  return async (): Promise<Shared> => {
    const meters = pids.map((pid) => startMeter(pid));
    const published = await publish(bench.loop, pids, crowd, { inFlight }, roundSeconds(bench, SECONDS));
    return { ...published, cpuSeconds: meters.map((meter) => meter().serverCpuSeconds) };
  };
}

function toRows(what: string, alone: Shared[], together: Shared[]): Row[] {
  const unit = "deliveries/s";
  const row = (of: Shared[], text: string, perSecond: (shared: Shared) => number) =>
    toRow({ ours: of, raw: [] }, perSecond, { what: text, unit });
  const kept = together.map((shared, round) => slowest(shared) / slowest(alone[round] as Shared));
  const ratio = row(together, "  the slower of the two beside embedded", slowest);
  return [
    row(alone, `fan-out to 1,000, ${what}, embedded, per second of CPU`, (shared) => perCpuSecond(shared, 0)),
    row(together, "  to 1,000 more on another server, Redis: who publishes", (shared) =>
      perCpuSecond(shared, 0),
    ),
    row(together, "  the other", (shared) => perCpuSecond(shared, 1)),
    { ...ratio, unit: "times", ours: kept, budget: budgets.instances },
  ];
}

const perCpuSecond = ({ messages, cpuSeconds }: Shared, server: number): number =>
  (messages * MEMBERS) / (cpuSeconds[server] as number);

const slowest = (shared: Shared): number =>
  Math.min(...shared.cpuSeconds.map((_, server) => perCpuSecond(shared, server)));

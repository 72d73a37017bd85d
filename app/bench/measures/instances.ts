import { type Bench, roundSeconds, withServer } from "../bench.ts";
import { budgets } from "../budgets.ts";
import { type Crowd, gatherCrowd } from "../load/crowd.ts";
import { type Published, publish } from "../load/publish.ts";
import { type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT, type Server } from "../servers.ts";
import { takeTurns } from "../take-turns.ts";

const MEMBERS = 1000;
const CHECKED = 5;
const SECONDS = 2;
const SHAPES = [
  { what: "one by one", inFlight: 1 },
  { what: "bursts of 32", inFlight: 32 },
];

type Shape = (typeof SHAPES)[number];

/**
 * One room with 1,000 members on each of two servers with Redis, beside one embedded server with 1,000. Who is measured has
 * a core alone, as on a machine of its own: meanwhile the other is on the load's, where Redis is as well.
 */
export async function measureInstances(bench: Bench): Promise<Row[]> {
  await using redis = await bench.servers.startRedis();
  const shared = { ...NO_HEARTBEAT, REDIS_URL: redis.url };
  const rows: Row[] = [];
  await withServer(bench, "ours", NO_HEARTBEAT, (embedded) =>
    withServer(bench, "ours", shared, (first) =>
      withServer(bench, "ours", shared, async (second) => {
        for (const shape of SHAPES) rows.push(...(await measureShape(bench, shape, embedded, first, second)));
      }),
    ),
  );
  return rows;
}

async function measureShape(
  bench: Bench,
  shape: Shape,
  embedded: Server,
  first: Server,
  second: Server,
): Promise<Row[]> {
  const alone = await gather(bench, shape, [embedded]);
  const together = await gather(bench, shape, [first, second]);
  const measure = (crowd: Crowd, measured: Server, other?: Server) => () => {
    bench.servers.move(measured, "server");
    if (other !== undefined) bench.servers.move(other, "load");
    const pace = { inFlight: shape.inFlight };
    return publish(bench.loop, measured.pid, crowd, pace, roundSeconds(bench, SECONDS));
  };
  const figures = await takeTurns(bench, [
    measure(alone, embedded),
    measure(together, first, second),
    measure(together, second, first),
  ]);
  return toRows(shape.what, figures);
}

/** Who publishes is on the first. */
function gather({ loop }: Bench, { what }: Shape, servers: Server[]): Promise<Crowd> {
  const room = { rooms: [`room:${what.replaceAll(" ", "-")}`], publishers: 1, checked: CHECKED };
  const ports = servers.map(({ port }) => port);
  return gatherCrowd(loop, ports, [{ ...room, members: MEMBERS * servers.length }]);
}

function toRows(what: string, [embedded = [], publishing = [], other = []]: Published[][]): Row[] {
  const row = (ours: Published[], text: string) =>
    toRow({ ours, raw: [] }, perCpuSecond, { what: text, unit: "deliveries/s" });
  const dearer = row(publishing, "  the dearer of the two beside embedded");
  const kept = embedded.map((alone, round) => {
    const both = [publishing[round], other[round]] as Published[];
    return Math.min(...both.map(perCpuSecond)) / perCpuSecond(alone);
  });
  return [
    row(embedded, `fan-out to 1,000, ${what}, embedded, per second of CPU`),
    row(publishing, "  to 1,000 more on another server, Redis: who publishes"),
    row(other, "  the other"),
    { ...dearer, unit: "times", ours: kept, budget: budgets.instances },
  ];
}

const perCpuSecond = ({ messages, usage }: Published): number =>
  (messages * MEMBERS) / usage.serverCpuSeconds;

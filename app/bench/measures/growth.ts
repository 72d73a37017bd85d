import { type Bench, withServer } from "../bench.ts";
import { budgets } from "../budgets.ts";
import type { Kind } from "../each.ts";
import { gatherCrowd } from "../load/crowd.ts";
import type { GroupShape } from "../load/group.ts";
import { type Published, publish } from "../load/publish.ts";
import { type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT } from "../servers.ts";

const SECONDS = 2;

type Size = { title: string; groups: GroupShape[] };
type Growth = { what: string; perSecond: number; sizes: Size[] };

const ROOMS: Growth = {
  what: "CPU per message, 1 member, 5,000 messages/s",
  perSecond: 5000,
  sizes: [100, 1000, 10_000].map((rooms) => ({ title: `${rooms} rooms`, groups: pairs(rooms) })),
};

const CONNECTIONS: Growth = {
  what: "CPU per message, 9 members, 2,000 messages/s",
  perSecond: 2000,
  sizes: [1000, 15_000].map((connections) => ({
    title: `${connections} connections`,
    groups: tens(connections / 10),
  })),
};

/**
 * What a message costs as the number of rooms, or of connections, grows: it should stay what it is. Beside raw, which
 * grows too: its sockets and the kernel's no longer fit the processor's caches.
 */
export async function measureGrowth(bench: Bench): Promise<Row[]> {
  return [...(await measureOne(bench, ROOMS)), ...(await measureOne(bench, CONNECTIONS))];
}

async function measureOne(bench: Bench, growth: Growth): Promise<Row[]> {
  const raw = await measureKind(bench, "raw", growth);
  const ours = await measureKind(bench, "ours", growth);
  const rows = growth.sizes.map(({ title }, index) =>
    costRow(`${growth.what}, ${title}`, ours[index] ?? [], raw[index] ?? []),
  );
  return [...rows, ...rows.slice(1).map((row) => growthRow(rows[0] as Row, row))];
}

/** All sizes at once, each with a server of its own, and measured in turn. */
async function measureKind(bench: Bench, kind: Kind, growth: Growth): Promise<Published[][]> {
  const prepared: (() => Promise<Published>)[] = [];
  const prepareFrom = async (index: number): Promise<Published[][]> => {
    const size = growth.sizes[index];
    if (size === undefined) return measureInTurn(bench, prepared);
    return withServer(bench, kind, NO_HEARTBEAT, async (server) => {
      const crowd = await gatherCrowd(bench.loop, server.port, size.groups);
      prepared.push(() => publish(bench.loop, server.pid, crowd, { perSecond: growth.perSecond }, SECONDS));
      return prepareFrom(index + 1);
    });
  };
  return prepareFrom(0);
}

async function measureInTurn(
  { rounds }: Bench,
  prepared: (() => Promise<Published>)[],
): Promise<Published[][]> {
  const published: Published[][] = prepared.map(() => []);
  for (const warmUp of [...prepared, ...prepared]) await warmUp();
  for (let round = 0; round < rounds; round++) {
    for (const [index, measure] of prepared.entries()) published[index]?.push(await measure());
  }
  return published;
}

function costRow(what: string, ours: Published[], raw: Published[]): Row {
  const cost = ({ usage, messages }: Published) => (usage.serverCpuSeconds * 1e6) / messages;
  return toRow({ ours, raw }, cost, { what, unit: "µs" });
}

function growthRow(small: Row, big: Row): Row {
  const ratios = (from: number[], to: number[]) =>
    to.map((value, round) => value / (from[round] ?? Number.NaN));
  return {
    ...big,
    what: `  growth to ${big.what.split(", ").at(-1)}`,
    unit: "times",
    ours: ratios(small.ours, big.ours),
    raw: ratios(small.raw, big.raw),
    budget: budgets.growth,
  };
}

/** Each room has one publisher and one member; 100 of each share all rooms. */
function pairs(rooms: number): GroupShape[] {
  const groups = 100;
  return Array.from({ length: groups }, (_, group) => ({
    rooms: Array.from({ length: rooms / groups }, (_, room) => `room:pair-${group}-${room}`),
    publishers: 1,
    members: 1,
    checked: 1,
  }));
}

function tens(rooms: number): GroupShape[] {
  return Array.from({ length: rooms }, (_, room) => ({
    rooms: [`room:ten-${room}`],
    publishers: 1,
    members: 9,
    checked: 1,
  }));
}

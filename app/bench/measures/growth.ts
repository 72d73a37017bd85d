import { type Bench, withServer } from "../bench.ts";
import { budgets } from "../budgets.ts";
import { type Each, type Kind, mapEach } from "../each.ts";
import { gatherCrowd } from "../load/crowd.ts";
import type { GroupShape } from "../load/group.ts";
import { type Published, publish } from "../load/publish.ts";
import { figuresOf, type Row, toRow } from "../row.ts";
import { NO_HEARTBEAT } from "../servers.ts";
import { takeTurns } from "../take-turns.ts";

type Size = { title: string; perSecond: number; groups: GroupShape[] };
type Growth = {
  what: string;
  unitOf: "messages" | "deliveries";
  seconds: number;
  sizes: Size[];
  withRedis?: boolean;
};

const ROOMS: Growth = {
  what: "CPU per message, 1 member, 5,000 messages/s",
  unitOf: "messages",
  seconds: 2,
  sizes: [100, 1000, 10_000].map((rooms) => ({
    title: `${rooms} rooms`,
    perSecond: 5000,
    groups: pairs(rooms),
  })),
  withRedis: true,
};

const CONNECTIONS: Growth = {
  what: "CPU per message, 9 members, 2,000 messages/s",
  unitOf: "messages",
  seconds: 2,
  sizes: [1000, 15_000].map((connections) => ({
    title: `${connections} connections`,
    perSecond: 2000,
    groups: rooms(connections / 10, 9),
  })),
};

/** A thousand members in all; so many messages that the server is neither idle nor saturated. */
const MEMBERS: Growth = {
  what: "CPU per delivery, 1,000 members",
  unitOf: "deliveries",
  seconds: 1,
  sizes: [
    { members: 1, perSecond: 5000 },
    { members: 10, perSecond: 4000 },
    { members: 100, perSecond: 1000 },
    { members: 1000, perSecond: 200 },
  ].map(({ members, perSecond }) => ({
    title: `${members} in a room`,
    perSecond,
    groups: rooms(1000 / members, members),
  })),
};

/**
 * What a message costs as the number of rooms, of connections or of members grows: it should stay what it is. Beside
 * raw, which grows too: its sockets and the kernel's no longer fit the processor's caches.
 */
export async function measureGrowth(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const growth of [ROOMS, CONNECTIONS, MEMBERS]) rows.push(...(await measureOne(bench, growth)));
  return rows;
}

async function measureOne(bench: Bench, growth: Growth): Promise<Row[]> {
  const raw = await measureKind(bench, "raw", growth);
  const ours = await measureKind(bench, "ours", growth);
  const isOnRedis = growth.withRedis === true && bench.peers.includes("redis");
  const kinds = { raw, ours, ...(isOnRedis ? { redis: await measureKind(bench, "redis", growth) } : {}) };
  const rows = growth.sizes.map(({ title }, index) =>
    costRow(
      growth,
      title,
      mapEach(kinds, (sizes) => sizes[index] ?? []),
    ),
  );
  return [...rows, ...rows.slice(1).map((row) => growthRow(rows[0] as Row, row))];
}

/** All sizes at once, each with a server of its own, and measured in turn. */
async function measureKind(bench: Bench, kind: Kind, growth: Growth): Promise<Published[][]> {
  const prepared: (() => Promise<Published>)[] = [];
  const prepareFrom = async (index: number): Promise<Published[][]> => {
    const size = growth.sizes[index];
    if (size === undefined) return takeTurns(bench, prepared);
    return withServer(bench, kind, NO_HEARTBEAT, async (server) => {
      const crowd = await gatherCrowd(bench.loop, server.port, size.groups);
      prepared.push(() =>
        publish(bench.loop, server.pid, crowd, { perSecond: size.perSecond }, growth.seconds),
      );
      return prepareFrom(index + 1);
    });
  };
  return prepareFrom(0);
}

function costRow({ what, unitOf }: Growth, title: string, figures: Each<Published[]>): Row {
  const cost = (published: Published) => (published.usage.serverCpuSeconds * 1e6) / published[unitOf];
  return toRow(figures, cost, { what: `${what}, ${title}`, unit: "µs" });
}

function growthRow(small: Row, big: Row): Row {
  const ratios = (to: number[], kind: Kind) =>
    to.map((value, round) => value / (small[kind]?.[round] ?? Number.NaN));
  return {
    ...big,
    what: `  growth to ${big.what.split(", ").at(-1)}`,
    unit: "times",
    ...mapEach(figuresOf(big), ratios),
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

function rooms(count: number, members: number): GroupShape[] {
  return Array.from({ length: count }, (_, room) => ({
    rooms: [`room:of-${members}-${room}`],
    publishers: 1,
    members,
    checked: 1,
  }));
}

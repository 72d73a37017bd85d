import { join } from "node:path";
import { KINDS, type Kind, PEERS, type Peer } from "./each.ts";
import { bareHoldlineWire, holdlineWire } from "./load/holdline-wire.ts";
import { socketIoWire } from "./load/socket-io-wire.ts";
import type { Wire } from "./load/wire.ts";

const APP = join(import.meta.dir, "..");

type Contestant = {
  name: string;
  entry: string;
  runtime: "bun" | "node";
  /** Its npm packages, as they lie in node_modules, whose versions are told. */
  packages: readonly string[];
  /** Besides the runtime, what must be on the machine. */
  needs?: string;
  wire: Wire;
  /** What differs from its defaults, and what it does not do that others do. */
  settings: string;
};

/** Who is compared, how it is started and how it is spoken to. */
export const contestants: Record<Kind, Contestant> = {
  ours: {
    name: "Holdline",
    entry: "src/main.ts",
    runtime: "bun",
    packages: [],
    wire: holdlineWire,
    settings: "tokens, presence; messages stored (SQLite, fsync) before they are acked or delivered",
  },
  redis: {
    name: "Holdline, Redis",
    entry: "src/main.ts",
    runtime: "bun",
    packages: [],
    needs: "redis-server",
    wire: holdlineWire,
    settings: "the same; messages stored in the memory of a Redis, which runs on the load's core",
  },
  raw: {
    name: "Bun.serve",
    entry: "bench/raw-server.ts",
    runtime: "bun",
    packages: [],
    wire: bareHoldlineWire,
    settings: "JSON parsed and made; rooms by subscribe and publish; no tokens, presence or storage",
  },
  ws: {
    name: "ws",
    entry: "bench/peers/ws-server.ts",
    runtime: "node",
    packages: ["ws", "bufferutil"],
    needs: "node",
    wire: bareHoldlineWire,
    settings:
      "perMessageDeflate and clientTracking off, bufferutil; JSON parsed and made; rooms are sets of sockets, a message made once for all; no tokens, presence or storage",
  },
  "socket.io": {
    name: "Socket.IO",
    entry: "bench/peers/socket-io-server.ts",
    runtime: "node",
    packages: ["socket.io", "engine.io", "engine.io/node_modules/ws", "bufferutil"],
    needs: "node",
    wire: socketIoWire,
    settings:
      "transport websocket only, perMessageDeflate, httpCompression and serveClient off, bufferutil, the first request forgotten, pings once an hour; its own rooms and acks; no tokens, presence or storage",
  },
};

/** The peers whose programs are here, and of the others what is missing. */
export function findPeers(): { peers: Peer[]; missing: string[] } {
  const lacks = (kind: Peer) => {
    const { needs } = contestants[kind];
    return needs === undefined || Bun.which(needs) !== null ? undefined : needs;
  };
  return {
    peers: PEERS.filter((kind) => lacks(kind) === undefined),
    missing: PEERS.filter((kind) => lacks(kind) !== undefined).map(
      (kind) => `${contestants[kind].name} not measured: ${lacks(kind)} is missing`,
    ),
  };
}

export type Described = { kind: Kind; name: string; versions: string; settings: string };

export async function describeContestants(): Promise<Described[]> {
  const describe = async (kind: Kind) => {
    const { name, settings } = contestants[kind];
    return { kind, name, versions: (await versionsOf(kind)).join(", "), settings };
  };
  return Promise.all(KINDS.map(describe));
}

async function versionsOf(kind: Kind): Promise<string[]> {
  const { runtime, packages, needs } = contestants[kind];
  const program = runtime === "bun" ? `Bun ${Bun.version}` : `Node ${versionOf("node")}`;
  const redis = needs === "redis-server" ? [`Redis ${versionOf(needs)}`] : [];
  return [program, ...redis, ...(await Promise.all(packages.map(packageVersion)))];
}

function versionOf(program: string): string {
  if (Bun.which(program) === null) return "missing";
  const { stdout } = Bun.spawnSync([program, "--version"]);
  return /\d+(\.\d+)+/.exec(stdout.toString())?.[0] ?? "";
}

async function packageVersion(place: string): Promise<string> {
  const { name, version } = await Bun.file(join(APP, "node_modules", place, "package.json")).json();
  return `${name} ${version}`;
}

import { type Each, type Kind, mapInTurn, type Peer } from "./each.ts";
import { type Both, inTurn, type Spare } from "./in-turn.ts";
import type { LoadLoop } from "./load/load-loop.ts";
import type { Environment, Server, Servers } from "./servers.ts";
import type { Usage } from "./usage.ts";

/** What every benchmark gets: the load generator, the means to start servers, and how much of it to do. */
export type Bench = {
  loop: LoadLoop;
  servers: Servers;
  /** Those that can be started here. */
  peers: readonly Peer[];
  rounds: number;
  warmUpRounds: number;
  spare: Spare;
  /** Every day, not for figures to publish: sizes and times may be a fraction. */
  isQuick: boolean;
};

const QUICK_SHARE = 0.4;

/** How long a round is, of which a quick run makes a part. */
export function roundSeconds({ isQuick }: Bench, seconds: number): number {
  return isQuick ? seconds * QUICK_SHARE : seconds;
}

type Prepare<T> = (server: Server) => Promise<() => Promise<T>>;

/** Prepares a measurement of raw and of ours, then makes them in turn. `kind` is what stands in our place. */
export async function compare<T extends { usage: Usage }>(
  bench: Bench,
  extra: Environment,
  prepare: Prepare<T>,
  kind: Kind = "ours",
): Promise<Both<T>> {
  return withBoth(bench, [kind, extra], (servers) => measureInTurn(bench, servers, prepare));
}

/** The same with all peers beside. `extra` means nothing to those that are not ours. */
export async function compareAll<T extends { usage: Usage }>(
  bench: Bench,
  extra: Environment,
  prepare: Prepare<T>,
): Promise<Both<T>> {
  const kinds = ["ours", "raw", ...bench.peers] as const;
  return withAll(bench, kinds, extra, (servers) => measureInTurn(bench, servers, prepare));
}

async function measureInTurn<T extends { usage: Usage }>(
  bench: Bench,
  servers: Each<Server>,
  prepare: Prepare<T>,
): Promise<Both<T>> {
  const measure = await mapInTurn(servers, prepare);
  await inTurn(bench.warmUpRounds, { rounds: 0 }, measure);
  return inTurn(bench.rounds, bench.spare, measure);
}

/** Runs `use` with a server of ours, or of the kind in our place, and raw; then ends both, and with them the load. */
export async function withBoth<T>(
  bench: Bench,
  [kind, extra]: readonly [Kind, Environment],
  use: (servers: Each<Server>) => Promise<T>,
): Promise<T> {
  return withServer(bench, "raw", {}, (raw) => withServer(bench, kind, extra, (ours) => use({ raw, ours })));
}

async function withAll<T>(
  bench: Bench,
  [kind, ...others]: readonly Kind[],
  extra: Environment,
  use: (servers: Each<Server>) => Promise<T>,
  started: Partial<Each<Server>> = {},
): Promise<T> {
  if (kind === undefined) return use(started as Each<Server>);
  return withServer(bench, kind, extra, (server) =>
    withAll(bench, others, extra, use, { ...started, [kind]: server }),
  );
}

export async function withServer<T>(
  { loop, servers }: Bench,
  kind: Kind,
  extra: Environment,
  use: (server: Server) => Promise<T>,
): Promise<T> {
  const server = await servers.start(kind, extra);
  try {
    return await use(server);
  } catch (error) {
    console.error(`${kind}, before it failed:\n${await server.lastOutput()}`);
    throw error;
  } finally {
    loop.closeAll();
    await server.stop();
  }
}

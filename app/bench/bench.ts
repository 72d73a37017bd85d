import { type Both, inTurn, type Spare } from "./in-turn.ts";
import type { LoadLoop } from "./load/load-loop.ts";
import type { Environment, Kind, Server, Servers } from "./servers.ts";
import type { Usage } from "./usage.ts";

/** What every benchmark gets: the load generator, the means to start servers, and how often to repeat. */
export type Bench = { loop: LoadLoop; servers: Servers; rounds: number; spare: Spare };

/** Two, for the compiler's threads work through the first and are charged to the server. */
const WARM_UP_ROUNDS = 2;

/** Prepares a measurement of each kind of server, then makes them in turn. `kind` is what stands in our place. */
export async function compare<T extends { usage: Usage }>(
  bench: Bench,
  extra: Environment,
  prepare: (server: Server) => Promise<() => Promise<T>>,
  kind: Kind = "ours",
): Promise<Both<T>> {
  return withBoth(bench, [kind, extra], async ({ ours, raw }) => {
    const measure = { ours: await prepare(ours), raw: await prepare(raw) };
    await inTurn(WARM_UP_ROUNDS, { rounds: 0 }, measure);
    return inTurn(bench.rounds, bench.spare, measure);
  });
}

/** Runs `use` with one server of each kind, then ends both, and with them the load. */
export async function withBoth<T>(
  bench: Bench,
  [kind, extra]: readonly [Kind, Environment],
  use: (servers: Record<Kind, Server>) => Promise<T>,
): Promise<T> {
  return withServer(bench, "raw", {}, (raw) => withServer(bench, kind, extra, (ours) => use({ raw, ours })));
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

import type { LoadLoop } from "./load/load-loop.ts";
import type { Environment, Kind, Server, Servers } from "./servers.ts";

/** What every benchmark gets: the load generator, the means to start servers, and how often to repeat. */
export type Bench = { loop: LoadLoop; servers: Servers; rounds: number };

/** Runs `use` with one server of each kind, then ends both, and with them the load. */
export async function withBoth<T>(
  bench: Bench,
  extra: Environment,
  use: (servers: Record<Kind, Server>) => Promise<T>,
): Promise<T> {
  return withServer(bench, "raw", {}, (raw) =>
    withServer(bench, "ours", extra, (ours) => use({ raw, ours })),
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
  } finally {
    loop.closeAll();
    await server.stop();
  }
}

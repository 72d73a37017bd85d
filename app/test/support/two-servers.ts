import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/config.ts";
import { openSqliteEngine } from "../../src/engine/sqlite.ts";
import { type RunningServer, serve } from "../../src/server.ts";
import { noopLog } from "../../src/telemetry/log.ts";
import { noopMetrics } from "../../src/telemetry/metrics.ts";
import { SharedEngine } from "./shared-engine.ts";
import type { SharedView } from "./shared-view.ts";

type Color = "blue" | "green";

/** All clients of a test have one address, and some send as much as they can. */
const limitsOff = {
  MAX_CONNECTIONS_PER_IP: "0",
  HANDSHAKES_PER_SECOND_PER_IP: "0",
  MESSAGES_PER_MINUTE: "0",
};

/** A whole server, with sockets of its own. */
export interface OneServer extends RunningServer {
  readonly engine: SharedView;
  /** Where a session connects. */
  socketUrl(connectionId: string): string;
}

/** A blue and a green server on one SQLite engine in this process; their instance ids are their colours. Ends with its block. */
export class TwoServers implements AsyncDisposable {
  readonly shared: SharedEngine;
  readonly blue: OneServer;
  readonly green: OneServer;
  readonly #directory: string;

  private constructor(directory: string, shared: SharedEngine, blue: OneServer, green: OneServer) {
    this.#directory = directory;
    this.shared = shared;
    this.blue = blue;
    this.green = green;
  }

  static async start(env: Record<string, string> = {}): Promise<TwoServers> {
    const directory = await mkdtemp(join(tmpdir(), "holdline-two-"));
    const path = join(directory, "holdline.db");
    const shared = new SharedEngine(
      await openSqliteEngine({ path, historyMessagesMax: 10_000, historyTtlMs: 0 }),
    );
    const startOne = (color: Color) =>
      startServer(color, shared, { CONTROL_SOCKET: join(directory, `${color}.sock`), ...env });
    return new TwoServers(directory, shared, await startOne("blue"), await startOne("green"));
  }

  get both(): readonly OneServer[] {
    return [this.blue, this.green];
  }

  /** Tells everybody there to move to the other one, within a second. */
  drain({ hub, engine }: OneServer, graceMs = 15_000): void {
    this.shared.setDraining(engine.instanceId, true);
    hub.drain.begin({ ratePerSecond: 1000, graceMs });
  }

  undrain({ hub, engine }: OneServer): void {
    this.shared.setDraining(engine.instanceId, false);
    hub.drain.undrain();
  }

  /** Whoever is connected still is closed first: nobody has to be waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { hub } of this.both) hub.closeAll();
    await Promise.all(this.both.map((server) => server.stop()));
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function startServer(
  color: Color,
  shared: SharedEngine,
  env: Record<string, string>,
): Promise<OneServer> {
  const loaded = loadConfig({
    ...limitsOff,
    ...env,
    COLOR: color,
    INSTANCE_ID: color,
    HOST: "127.0.0.1",
    PORT: "0",
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const engine = shared.view(color);
  const server = await serve(loaded.config, noopLog, noopMetrics, engine);
  return { ...server, engine, socketUrl: (connectionId) => `${server.url}ws/chat/${connectionId}` };
}

import type { ControlStatus, WorkerStatus } from "../../src/control.ts";
import { samplesOf } from "../telemetry/exposition.ts";
import { eventually } from "./eventually.ts";
import { RedisServer } from "./redis-server.ts";
import { ServerHome } from "./server-home.ts";
import type { SpawnedServer } from "./spawned-server.ts";
import { unhurried } from "./unhurried.ts";
import { WsClient } from "./ws-client.ts";

interface WorldOptions {
  readonly env?: Record<string, string>;
  /** Of Redis. */
  readonly redis?: readonly string[];
}

const deadlineMs = 30_000;

/** A parent with its workers on a Redis of their own. Ends with its block. */
export class WorkersWorld implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly home: ServerHome;
  readonly server: SpawnedServer;
  #lastClient = 0;

  private constructor(redis: RedisServer, home: ServerHome, server: SpawnedServer) {
    this.redis = redis;
    this.home = home;
    this.server = server;
  }

  /** Resolves when all workers serve. */
  static async start(workers: number, { env = {}, redis = [] }: WorldOptions = {}): Promise<WorkersWorld> {
    const store = await RedisServer.start(...redis);
    const home = await ServerHome.create();
    const own = { REDIS_URL: store.url, WORKERS: String(workers), INSTANCE_ID: "w" };
    const server = await home.start({ env: { ...own, ...env } });
    const world = new WorkersWorld(store, home, server);
    if (workers > 1) await world.untilServing(workers);
    else
      await eventually(
        "readiness",
        unhurried(() => world.isReady()),
        { withinMs: deadlineMs },
      );
    return world;
  }

  get url(): string {
    return this.home.url;
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.url}/health/ready`)).ok;
  }

  status(): Promise<ControlStatus> {
    return this.ask("GET", "status");
  }

  async ask(method: "GET" | "POST", path: string): Promise<ControlStatus> {
    const body = method === "POST" ? { body: "{}" } : {};
    const unix = this.home.path("control.sock");
    return (await fetch(`http://localhost/${path}`, { method, unix, ...body })).json() as never;
  }

  async workers(): Promise<readonly WorkerStatus[]> {
    return (await this.status().catch(() => null))?.workers ?? [];
  }

  /** Resolves when so many serve, and nobody is on the way in or out. */
  async untilServing(count: number, isWanted: (workers: readonly WorkerStatus[]) => boolean = () => true) {
    let workers: readonly WorkerStatus[] = [];
    const isMet = async () => {
      workers = await this.workers();
      return (
        workers.length === count && workers.every(({ state }) => state === "serving") && isWanted(workers)
      );
    };
    const describe = () => `${JSON.stringify(workers)}\n${this.server.output}`;
    await eventually(`${count} workers`, unhurried(isMet), { withinMs: deadlineMs, describe });
    return workers;
  }

  async samples(signal: AbortSignal | null = null): Promise<ReadonlyMap<string, number>> {
    const headers = { connection: "close" };
    return samplesOf(await (await fetch(`${this.url}/metrics`, { signal, headers })).text());
  }

  connect(id = `client-${++this.#lastClient}`): Promise<WsClient> {
    return WsClient.connect(`${this.url}/ws/chat/${id}`);
  }

  /** So many clients, on two workers or more. */
  async crowd(count: number): Promise<WsClient[]> {
    const clients = await Promise.all(Array.from({ length: count }, () => this.connect()));
    while (new Set(clients.map(instanceOf)).size < 2) clients.push(await this.connect());
    return clients;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pids = (await this.workers()).map(({ pid }) => pid);
    await this.home[Symbol.asyncDispose]();
    await eventually("the end of the workers", () => !pids.some(isAlive), { withinMs: deadlineMs });
    await this.redis[Symbol.asyncDispose]();
  }
}

export const instanceOf = (client: WsClient): string =>
  String(client.frames.find(({ type }) => type === "connection_established")?.payload.instance);

/** A zombie is not. */
export function isAlive(pid: number): boolean {
  const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(pid)]);
  const state = stdout.toString().trim();
  return state !== "" && !state.startsWith("Z");
}

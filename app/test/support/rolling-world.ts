import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { LiveSockets } from "./ledger/live-sockets.ts";
import { countPresenceEvents } from "./ledger/presence-events.ts";
import { SdkLedger } from "./ledger/sdk-ledger.ts";
import type { SdkMember } from "./ledger/sdk-member.ts";
import { LoadBalancer, type ProxyName } from "./load-balancer.ts";
import { RedisLedger } from "./redis-ledger/redis-ledger.ts";
import { SeededRandom } from "./seeded-random.ts";
import type { ServerHome } from "./server-home.ts";
import { ServersOnRedis } from "./servers-on-redis.ts";
import { unhurried } from "./unhurried.ts";

const appDirectory = join(import.meta.dir, "../..");
const instances = [0, 1, 2];
/** Every third is without handover, and every fourth goes by the same load balancer. */
const sdkMembers = 12;
const plainMembers = 4;
const graceMs = 4000;
const patienceMs = 40_000;
const presenceGraceMs = 5000;

export type Replacement = "by control drain, then SIGTERM" | "by SIGTERM alone";

const handsOver = (index: number): boolean => index % 3 > 0;

/**
 * Three instances behind load balancers that are replaced one by one, while SDK clients with and without handover, and
 * clients that merely reconnect, write without a pause. Ends with its block.
 */
export class RollingWorld implements AsyncDisposable {
  readonly servers: ServersOnRedis;
  readonly balancers: readonly LoadBalancer[];
  readonly sdk: SdkLedger;
  readonly plain: RedisLedger;
  readonly #sockets = new LiveSockets();
  /** How often anybody was said to come or go since all have joined. */
  presenceEvents = 0;
  /** What clients were given to move, ms. */
  readonly graces = new Set<unknown>();
  readonly #waiting = new Set(instances);
  #lastLeftAt = 0;

  private constructor(servers: ServersOnRedis, balancers: readonly LoadBalancer[], seed: number) {
    this.servers = servers;
    this.balancers = balancers;
    const urls = balancers.map(({ url }) => url);
    const { WebSocket } = this.#sockets;
    this.sdk = new SdkLedger({
      random: new SeededRandom(seed),
      members: sdkMembers,
      rooms: 6,
      writes: 100_000,
      pauseMsMax: 100,
      client: { reconnectDelayMs: 20, reconnectDelayMaxMs: 200, WebSocket },
      clientOf: (index) => ({ url: String(urls[index % urls.length]), handover: handsOver(index) }),
    });
    this.plain = new RedisLedger(urls, seed, plainMembers);
  }

  /** Behind each proxy, once with stickiness and once without. */
  static async start(proxies: readonly ProxyName[], seed: number): Promise<RollingWorld> {
    const env = { DRAIN_GRACE: String(graceMs) };
    const servers = await ServersOnRedis.start({ servers: instances.length, env });
    const kinds = proxies.flatMap((name) => [false, true].map((isSticky) => [name, isSticky] as const));
    const starting = kinds.map(([name, isSticky]) => LoadBalancer.start(name, servers.urls, isSticky));
    const world = new RollingWorld(servers, await Promise.all(starting), seed);
    try {
      await Promise.all(servers.homes.map(untilReady));
      await Promise.all([world.sdk.start(), world.plain.start()]);
      await world.#writes(100);
      await world.#watch();
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  get movers(): SdkMember[] {
    return this.sdk.members.filter((_, index) => handsOver(index));
  }

  /** SDK clients without handover. */
  get stayers(): SdkMember[] {
    return this.sdk.members.filter((_, index) => !handsOver(index));
  }

  /** Movers that were once without a live socket. */
  get interrupted(): string[] {
    return this.movers.map(({ name }) => name).filter((name) => this.#sockets.interrupted.has(name));
  }

  /** Replaces the one of those left that serves most by another process on its port; resolves with its exit code. */
  async replaceBusiest(how: Replacement): Promise<number | undefined> {
    const index = await this.#busiest();
    const home = this.servers.homes[index] as ServerHome;
    this.#waiting.delete(index);
    if (how === "by control drain, then SIGTERM") await controlDrain(home);
    const left = await this.servers.servers[index]?.stop();
    this.#lastLeftAt = performance.now();
    await this.servers.startServer(index);
    await untilReady(home);
    await this.#writes(50);
    return left?.exitCode;
  }

  /** Resolves when whoever is missing has been missed. */
  async presenceGrace(): Promise<void> {
    const until = this.#lastLeftAt + presenceGraceMs + 1000;
    await eventually("the end of the grace", () => performance.now() > until);
  }

  /** No further writes; compares what everybody has. */
  async finish(): Promise<void> {
    this.sdk.rest();
    await this.sdk.finish(String(this.servers.urls[0]), patienceMs);
    await this.plain.finish();
  }

  async #watch(): Promise<void> {
    for (const { client } of this.sdk.members)
      client.on("frame", ({ text }) => {
        if (text.includes('"goodbye"')) this.graces.add(JSON.parse(text).payload.closesInMs);
      });
    await countPresenceEvents(this.sdk.members, () => (this.presenceEvents += 1));
  }

  async #busiest(): Promise<number> {
    const counts = await Promise.all([...this.#waiting].map((index) => this.#connectionsAt(index)));
    return [...this.#waiting][counts.indexOf(Math.max(...counts))] as number;
  }

  async #connectionsAt(index: number): Promise<number> {
    return (await (await fetch(`${this.servers.urls[index]}/health`)).json()).connections;
  }

  /** Resolves when each kind of clients has stored so many more. */
  async #writes(count: number): Promise<void> {
    const goal = this.sdk.stored + count;
    const isMet = () => this.sdk.stored >= goal || this.sdk.violations.length > 0;
    await Promise.all([
      eventually("more writes", isMet, { withinMs: patienceMs }),
      this.plain.eachAckedMore(count / 10),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sdk[Symbol.dispose]();
    this.plain[Symbol.dispose]();
    await Promise.all(this.balancers.map((balancer) => balancer[Symbol.asyncDispose]()));
    await this.servers[Symbol.asyncDispose]();
  }
}

function untilReady({ url }: ServerHome): Promise<void> {
  const isReady = async () => (await fetch(`${url}/health/ready`)).ok;
  return eventually("readiness", unhurried(isReady), { withinMs: patienceMs });
}

/** Resolves when everybody has left. */
async function controlDrain(home: ServerHome): Promise<void> {
  const control = Bun.spawn(["bun", "run", "control", "drain", "--follow", "--timeout", "60"], {
    cwd: appDirectory,
    env: { ...process.env, CONTROL_SOCKET: home.path("control.sock") },
    stdout: "pipe",
    stderr: "pipe",
  });
  const outputs = [control.stdout, control.stderr].map((stream) => new Response(stream).text());
  const [said] = await Promise.all(outputs);
  if ((await control.exited) !== 0) throw new Error(`control drain failed: ${await Promise.all(outputs)}`);
  if (!said?.includes("remaining 0 of")) throw new Error(`control drain ended with ${said}`);
}

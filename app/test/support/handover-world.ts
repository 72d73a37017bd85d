import { eventually } from "./eventually.ts";
import type { Fault, FaultRule } from "./fault-proxy/fault.ts";
import { moments } from "./fault-proxy/moments.ts";
import type { Step } from "./fault-proxy/proxy-step.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { LiveSockets } from "./ledger/live-sockets.ts";
import { countPresenceEvents } from "./ledger/presence-events.ts";
import { SdkLedger } from "./ledger/sdk-ledger.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { type OneServer, TwoServers } from "./two-servers.ts";

const writesMax = 100_000;
/** What is on its way before the first drain begins. */
const warmUpWrites = 100;
/** Attempts that still go to the server that drains, as before a proxy has noticed. */
const lateAttempts = 3;
const deadlineMs = 20_000;
const presenceGraceMs = 5000;

/** SDK clients that talk without a pause, behind a proxy that leads to one of two servers. Ends with its block. */
export class HandoverWorld implements AsyncDisposable {
  readonly servers: TwoServers;
  readonly proxy: FaultProxy;
  readonly ledger: SdkLedger;
  readonly sockets: LiveSockets;
  /** Members that were not connected for a moment, by what their client said. */
  readonly disconnected = new Set<string>();
  /** How often anybody was said to come or go since all have joined. */
  presenceEvents = 0;
  /** What happens to connections, as in the proxy. */
  rule: FaultRule = () => null;
  /** The session of each connection that asked for a WebSocket. */
  readonly #sessions = new Map<number, string>();
  /** `stay` events. */
  stays = 0;
  #isGreen = false;

  private constructor(servers: TwoServers, proxy: FaultProxy, random: SeededRandom) {
    this.servers = servers;
    this.proxy = proxy;
    proxy.rule = (step) => this.#decide(step);
    this.sockets = new LiveSockets();
    this.ledger = new SdkLedger({
      random,
      members: 10,
      rooms: 6,
      writes: writesMax,
      client: {
        url: proxy.url,
        reconnectDelayMs: 20,
        reconnectDelayMaxMs: 200,
        WebSocket: this.sockets.WebSocket,
      },
    });
  }

  static async start(random: SeededRandom): Promise<HandoverWorld> {
    const servers = await TwoServers.start();
    const world = new HandoverWorld(servers, await FaultProxy.start(servers.blue.url), random);
    await world.ledger.start();
    await world.writes(warmUpWrites);
    for (const { name, client } of world.ledger.members) {
      client.on("state", ({ state }) => state !== "connected" && world.disconnected.add(name));
      client.on("frame", ({ text }) => {
        if (text.includes('"type":"stay"')) world.stays += 1;
      });
    }
    await countPresenceEvents(world.ledger.members, () => (world.presenceEvents += 1));
    return world;
  }

  /** Resolves when so many more writes are stored. */
  async writes(count: number): Promise<void> {
    const until = this.ledger.stored + count;
    await eventually("more writes", () => this.ledger.stored >= until, { withinMs: deadlineMs });
  }

  /** Where everybody is. */
  get active(): OneServer {
    return this.#isGreen ? this.servers.green : this.servers.blue;
  }

  get idle(): OneServer {
    return this.#isGreen ? this.servers.blue : this.servers.green;
  }

  /** Drains the server where everybody is into the other, at a pace that has all sorts of states at once. */
  async swap(): Promise<void> {
    const { active, idle } = this;
    const { accepted } = this.proxy;
    active.hub.drain.begin({ ratePerSecond: 40, graceMs: 10_000 });
    await eventually("late attempts", () => this.proxy.accepted >= accepted + lateAttempts);
    this.proxy.target = idle.url;
    await eventually("the end of the drain", () => active.hub.drain.state === "drained", {
      withinMs: deadlineMs,
      describe: () => JSON.stringify(active.hub.drain.status()),
    });
    active.hub.drain.undrain();
    this.#isGreen = !this.#isGreen;
    await this.#everybody();
  }

  /** Who was cut at the wrong moment has been asked to wait a second; meanwhile others may be cut. */
  async #everybody(): Promise<void> {
    const missing = new Set(this.ledger.members);
    const isNobodyMissing = () => {
      for (const member of missing) if (member.client.state === "connected") missing.delete(member);
      return missing.size === 0;
    };
    await eventually("everybody", isNobodyMissing, { withinMs: deadlineMs });
  }

  /** Begins to drain the server where everybody is, and changes its mind. New connections go to `target`. */
  async withdraw(target: OneServer): Promise<void> {
    const { drain } = this.active.hub;
    this.proxy.target = target.url;
    drain.begin({ ratePerSecond: 20, graceMs: 10_000 });
    await eventually("some goodbyes", () => drain.status().told >= 4);
    drain.undrain();
    await this.writes(100);
  }

  /** Resolves when whoever is missing now has been missed. */
  async presenceGrace(): Promise<void> {
    const until = performance.now() + presenceGraceMs + 1000;
    await eventually("the end of the grace", () => performance.now() > until);
  }

  /** No further writes; compares what everybody has. */
  async finish(): Promise<void> {
    this.ledger.rest();
    await this.ledger.finish(new URL(this.servers.blue.url).origin, deadlineMs);
  }

  /** The newest connection of each session so far. */
  newest(): ReadonlyMap<string, number> {
    return new Map([...this.#sessions].map(([connection, session]) => [session, connection]));
  }

  sessionOf({ connection }: Step): string {
    return this.#sessions.get(connection) ?? "";
  }

  #decide(step: Step): Fault | null {
    if (moments.request(step)) this.#sessions.set(step.connection, sessionIn(step.bytes.toString("latin1")));
    return this.rule(step);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ledger[Symbol.dispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.servers[Symbol.asyncDispose]();
  }
}

const sessionIn = (request: string): string => /^GET \/ws\/chat\/([\w-]+)/.exec(request)?.[1] ?? "";

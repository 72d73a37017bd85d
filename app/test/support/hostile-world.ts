import { expect } from "bun:test";
import { eventually } from "./eventually.ts";
import { HttpPeer } from "./http-peer.ts";
import { type PeerOptions, RawPeer } from "./raw-peer.ts";
import { RssPeak } from "./rss-peak.ts";
import { ServerHome } from "./server-home.ts";
import type { SpawnedServer } from "./spawned-server.ts";
import { Witness } from "./witness.ts";

/** What no answer to a client may show: stack traces, names of errors, what we are made of. */
const internals = [/\bat \S+:\d+/, /Error:/, /node_modules/, /elysia/i, /\bbun\b/i, /\.[jt]s\b/];

/** Log events that say that we failed, not that a client was refused. */
const faults = /task\.failed|process\.failed|http\.failed|engine\.failed/;

/** How long a word between the witnesses may take at worst, on a machine that the attack keeps busy as well. */
const lateMs = 2000;

/** A real server as in production, with two witnesses on it, to be attacked and then looked at. */
export class HostileWorld {
  readonly server: SpawnedServer;
  readonly #home: ServerHome;
  readonly #witness: Witness;
  readonly #rss: RssPeak;
  readonly #peers: { vanish(): void }[] = [];
  readonly #leaks = new Set<string>();

  private constructor(home: ServerHome, server: SpawnedServer, witness: Witness, rss: RssPeak) {
    this.#home = home;
    this.server = server;
    this.#witness = witness;
    this.#rss = rss;
  }

  static async start(env: Record<string, string> = {}): Promise<HostileWorld> {
    const home = await ServerHome.create();
    const server = await home.start({ env: { NODE_ENV: "production", GUESTS: "allow", ...env } });
    return new HostileWorld(home, server, await Witness.start(server.url), await RssPeak.watch(server.url));
  }

  async open(options: PeerOptions = {}): Promise<RawPeer> {
    const peer = await RawPeer.open(this.server.url, { ...options, onText: (text) => this.#inspect(text) });
    this.#peers.push(peer);
    return peer;
  }

  dial(): HttpPeer {
    const peer = new HttpPeer(this.server.url, (text) => this.#inspect(text));
    this.#peers.push(peer);
    return peer;
  }

  #inspect(text: string): void {
    if (internals.some((pattern) => pattern.test(text)) || text.includes(this.#home.directory))
      this.#leaks.add(text);
  }

  /** A series' value; `series` is its name with its labels, as `/metrics` writes it. */
  async metric(series: string): Promise<number> {
    const text = await (await fetch(`${this.server.url}/metrics`)).text();
    const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
    if (line === undefined) throw new Error(`no metric ${series}`);
    return Number(line.slice(series.length + 1));
  }

  async closesCounted(code: number | "other"): Promise<number> {
    return await this.metric(`websocket_disconnects_total{code="${code}"}`);
  }

  /** Until nobody is there but the witnesses, in their room. */
  async deserted(): Promise<void> {
    await eventually("silence", async () => (await this.metric("websocket_connections_total")) === 2);
    await eventually("empty rooms", async () => (await this.metric("websocket_rooms")) === 1);
  }

  /** Ends the server. `growthMax`: by how many megabytes it may have grown at the worst moment. */
  async expectUnharmed(growthMax: number): Promise<void> {
    for (const peer of this.#peers) peer.vanish();
    await this.deserted();
    const { sent, disorder, slowestMs } = await this.#witness.end();
    expect(sent).toBeGreaterThan(0);
    expect(disorder).toEqual([]);
    expect(slowestMs).toBeLessThan(lateMs);
    expect(await this.#rss.growth()).toBeLessThan(growthMax);
    expect([...this.#leaks]).toEqual([]);
    expect(this.server.isRunning).toBe(true);
    const { exitCode, output } = await this.server.stop();
    expect(output.split("\n").filter((line) => faults.test(line))).toEqual([]);
    expect(exitCode).toBe(0);
  }

  /** Also after a test that failed. */
  async close(): Promise<void> {
    this.#rss.stop();
    await this.#home[Symbol.asyncDispose]();
  }
}

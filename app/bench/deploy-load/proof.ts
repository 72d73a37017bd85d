import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Order } from "./client-process.ts";
import type { Phase } from "./crowd.ts";
import type { CrowdReport, Goals } from "./crowd-report.ts";
import { type DeployResult, deploy } from "./deploys.ts";
import { bundleClients, LoadProcess } from "./load-process.ts";
import type { LoadShape } from "./load-shape.ts";
import { Timeline } from "./timeline.ts";
import { judge, type Verdict } from "./verdict.ts";

export interface ProofOptions {
  /** Of the checkout whose stack runs. */
  readonly root: string;
  /** The container of Traefik. */
  readonly traefik: string;
  readonly jwtSecret: string;
  readonly sockets: number;
  readonly membersPerRoom: number;
  /** Messages per second, of all. */
  readonly rate: number;
  readonly flips: number;
  readonly steadySeconds: number;
  readonly openedPerSecond: number;
  readonly processes: number;
  /** A deploy, but for the colour, which comes second. */
  readonly deployCommand: readonly string[];
  say(line: string): void;
}

export interface Proof {
  readonly verdict: Verdict;
  readonly deploys: readonly DeployResult[];
  readonly timeline: Timeline;
}

/** In the network of Traefik's container. */
const frontDoor = "http://127.0.0.1";
/** How long everybody is left alone before and after what is measured, and between deploys. */
const calmMs = 3_000;

/** Opens all sockets, lets them talk, deploys again and again, and asks everybody what they were told. */
export async function prove(options: ProofOptions): Promise<Proof> {
  const directory = await mkdtemp(join(tmpdir(), "holdline-proof-"));
  try {
    const bundle = await bundleClients(directory);
    await using processes = new AsyncDisposableStack();
    const crowd = shapesOf(options).map((shape) =>
      processes.use(new LoadProcess(options.traefik, bundle, shape)),
    );
    return await new Conductor(options, crowd).run();
  } finally {
    await rm(directory, { recursive: true });
  }
}

function shapesOf({ jwtSecret, sockets, membersPerRoom, processes, openedPerSecond }: ProofOptions) {
  const run = `proof-${Date.now().toString(36)}`;
  return Array.from(
    { length: processes },
    (_, process): LoadShape => ({
      run,
      url: frontDoor,
      jwtSecret,
      sockets,
      membersPerRoom,
      processes,
      process,
      openedPerSecond,
    }),
  );
}

class Conductor {
  readonly #options: ProofOptions;
  readonly #processes: readonly LoadProcess[];

  constructor(options: ProofOptions, processes: readonly LoadProcess[]) {
    this.#options = options;
    this.#processes = processes;
  }

  async run(): Promise<Proof> {
    const { rate, sockets, say } = this.#options;
    await this.#tellAll({ do: "open" });
    say(`${sockets} sockets are open`);
    const [first] = this.#processes as [LoadProcess];
    const refusedBefore = await first.tell({ do: "refused" });
    await this.#tellAll({ do: "send", perSecond: rate / this.#processes.length });
    await Bun.sleep(calmMs);
    await this.#tellAll({ do: "watch" });
    await this.#steady();
    const deploys = await this.#deployAll();
    const reports = await this.#reports();
    const timeline = new Timeline();
    for (const report of reports) timeline.addAll(report.timeline);
    const refused429 = (await first.tell({ do: "refused" })) - refusedBefore;
    return { verdict: judge(reports, refused429), deploys, timeline };
  }

  // biome-ignore lint/suspicious/noExplicitAny: what they answer depends on the order
  #tellAll(order: Order): Promise<any[]> {
    return Promise.all(this.#processes.map((process) => process.tell(order)));
  }

  #phase(phase: Phase): Promise<unknown> {
    return this.#tellAll({ do: "phase", phase });
  }

  async #steady(): Promise<void> {
    const { steadySeconds } = this.#options;
    await this.#phase("steady");
    await Bun.sleep(steadySeconds * 1000);
    await this.#phase("idle");
    await this.#look(`${steadySeconds} s without a deploy`);
  }

  async #look(after: string): Promise<void> {
    const looks = await this.#tellAll({ do: "look" });
    this.#options.say(`after ${after}: ${looks.map((look) => JSON.stringify(look)).join(" ")}`);
  }

  async #deployAll(): Promise<DeployResult[]> {
    const { root, deployCommand, flips, say } = this.#options;
    const deploys: DeployResult[] = [];
    while (deploys.length < flips) {
      let marked: Promise<unknown> = Promise.resolve();
      const mark = (phase: Phase) => {
        marked = marked.then(() => this.#phase(phase));
      };
      const result = await deploy(root, deployCommand, {
        switched: () => mark("deploying"),
        drained: () => mark("idle"),
      });
      mark("idle");
      await marked;
      deploys.push(result);
      await this.#look(
        `deploy ${deploys.length} to ${result.color} (exit ${result.exitCode}, ${((result.drainedAt - result.switchedAt) / 1000).toFixed(1)} s from switch to end of drain)`,
      );
      if (result.exitCode !== 0) {
        for (const { text } of result.lines) say(text);
        break;
      }
      await Bun.sleep(calmMs);
    }
    return deploys;
  }

  async #reports(): Promise<CrowdReport[]> {
    await Bun.sleep(calmMs);
    const rests: Goals[] = await this.#tellAll({ do: "rest" });
    const heads = (rests[0]?.heads ?? []).map((_, room) =>
      Math.max(...rests.map((rest) => rest.heads[room] ?? 0)),
    );
    const notified = rests.find((rest) => rest.notified !== undefined)?.notified ?? { rooms: [], all: 0 };
    return this.#tellAll({ do: "report", goals: { heads, notified } });
  }
}

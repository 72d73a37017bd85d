import { join } from "node:path";
import { eventually } from "../eventually.ts";
import type { Stack } from "../stack.ts";

/** In their order. */
export const phases = [
  "preflight",
  "build",
  "start",
  "ready",
  "smoke",
  "probe",
  "switch",
  "soak",
  "drain",
  "verify",
  "retire",
] as const;
export type DeployPhase = (typeof phases)[number];

const withinMs = 90_000;
const impatienceMs = 200;

/** A deploy that is under way. */
export class RunningDeploy {
  readonly #child: ReturnType<Stack["spawn"]>;
  readonly #stack: Stack;
  readonly #text: Promise<string>;

  constructor(stack: Stack, ...args: string[]) {
    this.#stack = stack;
    this.#child = stack.spawn("scripts/blue-green-deploy.sh", ...args);
    const read = (stream: ReadableStream) => new Response(stream).text();
    this.#text = Promise.all([read(this.#child.stdout), read(this.#child.stderr)]).then((all) =>
      all.join(""),
    );
  }

  /** Resolves when it is there, or has gone further, or has ended. */
  async until(phase: DeployPhase): Promise<void> {
    const isThere = async () => {
      const present = await this.#phase();
      return present !== null && phases.indexOf(present) >= phases.indexOf(phase);
    };
    await eventually(`phase ${phase}`, async () => this.#isOver || (await isThere()), {
      withinMs,
    });
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Again and again, as somebody impatient would: bash 5.2 may miss a signal while it reads a command substitution. */
  async interrupt(): Promise<void> {
    while (!this.#isOver) {
      this.#child.kill("SIGINT");
      await Bun.sleep(impatienceMs);
    }
  }

  async ended(): Promise<{ readonly exitCode: number; readonly text: string }> {
    return { exitCode: await this.#child.exited, text: await this.#text };
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What it noted itself, which another deploy may have left; before it has its lock it has noted nothing. */
  async #phase(): Promise<DeployPhase | null> {
    const [state, holder] = await Promise.all([this.#noted("state.json"), this.#noted("holder")]);
    if (holder?.pid !== this.#child.pid) return null;
    return state?.deployId === holder.deployId ? state.phase : "preflight";
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the script writes there
  async #noted(name: string): Promise<any> {
    return Bun.file(join(this.#stack.directory, ".deploy", name))
      .json()
      .catch(() => null);
  }
}

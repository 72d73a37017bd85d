import { cp, exists, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { MadeUpCheckout } from "./made-up-checkout.ts";

export interface DeployResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly output: string;
}

type Color = "blue" | "green";

const shims = join(import.meta.dir, "played-stack");
const furtherCommands = ["cut", "date", "flock", "paste", "tail"];
const goodVerdict = `{"event":"verdict","messages":120,"lost":0,"doubled":0,"disordered":0,"late":1,"latencyP99Ms":9,"longestGapMs":3,"handovers":2,"reconnects":0,"left":0}\n`;

/** What Compose makes of its files, as far as the script reads it. */
const composeConfig = `name: test-holdline
services:
  grafana:
    environment:
      GF_SECURITY_ADMIN_PASSWORD: planted-password
    ports:
      - mode: ingress
        host_ip: 127.0.0.1
        target: 3000
        published: "13000"
        protocol: tcp
  traefik:
    container_name: test-traefik-lb
    ports:
      - mode: ingress
        host_ip: 127.0.0.1
        target: 80
        published: "18080"
        protocol: tcp
      - mode: ingress
        target: 8080
        published: "18081"
        protocol: tcp
  websocket-blue:
    container_name: test-websocket-blue
    environment:
      DRAIN_GRACE: null
      DRAIN_RATE: null
  websocket-green:
    container_name: test-websocket-green
x-deploy:
  PUBLIC_URL: ""
`;

/**
 * The deploy script over a made-up stack: programs in the place of docker and curl play two colours and Traefik, whose
 * state is files. Blue serves 40 sockets at first, green is stopped. Time to sleep passes quickly. Ends with its block.
 */
export class PlayedStack implements AsyncDisposable {
  readonly #checkout: MadeUpCheckout;
  #haste: Record<string, string> = {};

  private constructor(checkout: MadeUpCheckout) {
    this.#checkout = checkout;
  }

  static async create(): Promise<PlayedStack> {
    const world = new PlayedStack(await MadeUpCheckout.create());
    await world.#fill();
    return world;
  }

  async #fill(): Promise<void> {
    const bin = join(this.#checkout.root, "bin");
    for (const command of furtherCommands) await symlink(Bun.which(command) ?? command, join(bin, command));
    await mkdir(this.path("images"), { recursive: true });
    await mkdir(this.path("programs"));
    await cp(shims, this.path("shims"), { recursive: true });
    await cp(Bun.which("sleep") ?? "", this.path("sleep"));
    await rm(join(bin, "sleep"));
    for (const name of ["docker", "curl", "sleep"]) await symlink(this.path("shims", name), join(bin, name));
    await writeFile(this.path("compose.yml"), composeConfig);
    await writeFile(this.path("faults"), "");
    await writeFile(this.path("verdict"), goodVerdict);
    for (const color of ["blue", "green"]) await writeFile(this.path("images", `holdline:${color}`), "first");
    await this.route("blue");
    await this.start("blue", 40);
  }

  path(...names: string[]): string {
    return join(this.#checkout.root, "world", ...names);
  }

  read(name: string): Promise<string> {
    return Bun.file(this.path(name))
      .text()
      .catch(() => "");
  }

  /** As somebody would by hand. */
  async route(...colors: string[]): Promise<void> {
    const lines = colors.map((color) => `          - {name: websocket-${color}, weight: 100}\n`).join("");
    await this.#checkout.write("traefik/dynamic/90-traffic.yml", lines);
  }

  async start(color: Color, connections: number): Promise<void> {
    await mkdir(this.path(color), { recursive: true });
    const state = {
      connections,
      sessions: connections,
      opened: connections,
      restarts: 0,
      version: "0.1.0+first",
    };
    for (const [name, value] of Object.entries(state)) await writeFile(this.path(color, name), `${value}`);
    await writeFile(this.path(color, "running"), "");
  }

  /** From now on, every command whose line holds one of these fails. */
  async fail(...patterns: string[]): Promise<void> {
    await writeFile(
      this.path("faults"),
      patterns.map((pattern) => `${pattern}\t1\tit did not work\n`).join(""),
    );
  }

  /** The next command that contains it. */
  async failOnce(pattern: string): Promise<void> {
    await Bun.write(this.path("fault-once"), pattern);
  }

  /** It waits a second only for what will not come. */
  hurry(): void {
    this.#haste = { DEPLOY_READY_SECONDS: "1", DEPLOY_SWITCH_SECONDS: "1" };
  }

  /** How a colour is once it has started, such as `restarts`. */
  async bear(name: string, value: string): Promise<void> {
    await Bun.write(this.path("born", name), value);
  }

  /** The next command whose line holds this waits until it is released. */
  async hold(pattern: string): Promise<void> {
    await writeFile(this.path("hold"), pattern);
  }

  async held(): Promise<void> {
    await eventually("the command to be held", () => exists(this.path("held")), { withinMs: 20_000 });
  }

  async release(): Promise<void> {
    for (const name of ["hold", "held"]) await rm(this.path(name), { force: true });
  }

  spawn(...args: string[]) {
    return this.#spawn([this.#script, ...args]);
  }

  /** Whoever reads along leaves after the first line. */
  deployUnread(...args: string[]): Promise<DeployResult> {
    const script = 'set -o pipefail; "$0" "$@" | head -n 1';
    return this.#spawn(["bash", "-c", script, this.#script, ...args]).result;
  }

  get #script(): string {
    return join(this.#checkout.root, "scripts/blue-green-deploy.sh");
  }

  #spawn(command: string[]) {
    const env = {
      PATH: join(this.#checkout.root, "bin"),
      HOME: this.#checkout.root,
      WORLD: this.path(),
      GRAFANA_URL: "http://grafana",
      ...this.#haste,
    };
    const pipes = { stdin: "ignore", stdout: "pipe", stderr: "pipe" } as const;
    const child = Bun.spawn(command, { cwd: "/", env, timeout: 60_000, ...pipes });
    return { child, result: resultOf(child) };
  }

  deploy(...args: string[]): Promise<DeployResult> {
    return this.spawn(...args).result;
  }

  /** The color that the traffic file names. */
  async routed(): Promise<string> {
    const text = await Bun.file(join(this.#checkout.root, "traefik/dynamic/90-traffic.yml")).text();
    return [...text.matchAll(/websocket-(\w+)/g)].map(([, color]) => color).join(" ");
  }

  /** `blue: 40, green: stopped`. */
  async sockets(): Promise<string> {
    const describe = async (color: Color) =>
      (await exists(this.path(color, "running")))
        ? (await this.read(`${color}/connections`)).trim()
        : "stopped";
    return `blue: ${await describe("blue")}, green: ${await describe("green")}`;
  }

  /** How each command began, in order, those that only look left out. */
  async deeds(): Promise<string[]> {
    const calls = (await this.read("calls")).split("\n");
    return calls.filter((call) =>
      /compose (build|up|stop|kill)|control (drain|undrain)|docker (tag|run)/.test(call),
    );
  }

  async programs(): Promise<string[]> {
    return readdir(this.path("programs"));
  }

  statePath(name: string): string {
    return join(this.#checkout.root, ".deploy", name);
  }

  async state(): Promise<Record<string, string>> {
    return Bun.file(this.statePath("state.json")).json();
  }

  async history(): Promise<Record<string, unknown>[]> {
    const text = await Bun.file(this.statePath("history.jsonl")).text();
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
    await this.#checkout.remove();
  }
}

async function resultOf(child: Bun.Subprocess<"ignore", "pipe", "pipe">): Promise<DeployResult> {
  const read = (stream: ReadableStream) => new Response(stream).text();
  const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr)]);
  await child.exited;
  return { exitCode: child.exitCode, stdout, stderr, output: stdout + stderr };
}

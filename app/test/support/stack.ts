import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { unusedPort } from "./spawned-server.ts";
import { unhurried } from "./unhurried.ts";

/** Minutes of containers: only when asked for. */
export const isStackAsked = process.env.HOLDLINE_STACK === "1";

export type Color = "blue" | "green";

interface StackOptions {
  readonly env?: Record<string, string>;
  /** Further compose files, from the top of the checkout. */
  readonly overrides?: readonly string[];
}

interface Output {
  readonly exitCode: number;
  readonly text: string;
}

const repository = join(import.meta.dir, "../../..");

/** Grafana and Elastic's programs are in no package registry, so that they cannot be had everywhere. */
const services = ["traefik", "websocket-blue", "websocket-green"];
const upMs = 60_000;

/**
 * The stack of docker-compose.yml from a clean checkout: what git knows of, and nothing that was generated. Names, ports
 * and network are its own. Ends with its block, volumes included.
 */
export class Stack implements AsyncDisposable {
  readonly directory: string;
  readonly prefix: string;
  readonly url: string;
  readonly pinnedUrl: string;
  readonly prometheusUrl: string;
  readonly #dashboardUrl: string;
  /** Of the network that clients come through, without its last number. */
  readonly edge: string;
  #env: Record<string, string>;

  private constructor(directory: string, { env = {}, overrides = [] }: StackOptions) {
    this.directory = directory;
    const id = Math.floor(Math.random() * 256);
    this.prefix = `holdline-test-${id}-`;
    this.edge = `10.231.${id}`;
    const [http, dashboard, pinned, prometheus] = [unusedPort(), unusedPort(), unusedPort(), unusedPort()];
    this.url = `http://localhost:${http}`;
    this.pinnedUrl = `http://localhost:${pinned}`;
    this.prometheusUrl = `http://localhost:${prometheus}`;
    this.#dashboardUrl = `http://localhost:${dashboard}`;
    this.#env = {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      COMPOSE_FILE: ["docker-compose.yml", ...overrides].join(":"),
      STACK_PREFIX: this.prefix,
      EDGE_PREFIX: this.edge,
      HTTP_PORT: String(http),
      DASHBOARD_PORT: String(dashboard),
      PINNED_PORT: String(pinned),
      PROMETHEUS_PORT: String(prometheus),
      HTTPS_PORT: String(unusedPort()),
      ...env,
    };
  }

  /** Resolves once both colours are ready and Traefik passes requests on. */
  static async start(options: StackOptions = {}): Promise<Stack> {
    const stack = await Stack.checkOut(options);
    try {
      await stack.compose("build", "websocket-blue", "websocket-green");
      await stack.up();
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
    return stack;
  }

  /** The files alone. */
  static async checkOut(options: StackOptions = {}): Promise<Stack> {
    const directory = await mkdtemp(join(tmpdir(), "holdline-stack-"));
    await Bun.$`git ls-files -z --cached --others --exclude-standard | tar --create --ignore-failed-read --null --files-from=- | tar --extract -C ${directory}`.cwd(
      repository,
    );
    return new Stack(directory, options);
  }

  get httpsPort(): string {
    return this.#env.HTTPS_PORT ?? "";
  }

  async up(env: Record<string, string> = {}): Promise<void> {
    this.#env = { ...this.#env, ...env };
    await this.compose("up", "--detach", ...services);
    await eventually(
      "the stack",
      unhurried(() => this.#serves()),
      { withinMs: upMs },
    );
  }

  /** Its text, if it succeeds. */
  async compose(...args: string[]): Promise<string> {
    return this.run("docker", "compose", ...args);
  }

  async run(...command: string[]): Promise<string> {
    const { exitCode, text } = await this.tryTo(...command);
    if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${exitCode}\n${text}`);
    return text;
  }

  /** In the checkout, as its operator. */
  spawn(...command: string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
    return Bun.spawn(command, {
      cwd: this.directory,
      env: this.#env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
  }

  async tryTo(...command: string[]): Promise<Output> {
    const child = this.spawn(...command);
    const read = (stream: ReadableStream) => new Response(stream).text();
    const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr)]);
    return { exitCode: await child.exited, text: stdout + stderr };
  }

  container(name: string): string {
    return `${this.prefix}${name}`;
  }

  /** As a deploy does it. Resolves when new requests get there. */
  async switchTo(color: Color): Promise<void> {
    await this.writeTraffic(color);
    await eventually(`traffic to ${color}`, async () => (await this.servedBy()) === color);
  }

  /** Resolves when Traefik has taken it over. */
  async writeTraffic(...shares: string[]): Promise<void> {
    const script = '. scripts/toolchain.sh && . scripts/traffic.sh && write_traffic "$@"';
    await this.run("bash", "-ec", script, "-", ...shares);
    await eventually("Traefik's reload", async () => (await this.#shares()) === shares.join(" "));
  }

  async #shares(): Promise<string> {
    const answer = await fetch(`${this.#dashboardUrl}/api/http/services/chat@file`);
    if (!answer.ok) return "";
    const { weighted } = await answer.json();
    const services: { name: string; weight: number }[] = weighted.services;
    const share = ({ name, weight }: { name: string; weight: number }) =>
      name.replace("websocket-", "") + (weight === 100 ? "" : `=${weight}`);
    return services.map(share).join(" ");
  }

  async servedBy(): Promise<string | null> {
    return (await fetch(`${this.url}/health/live`)).headers.get("x-served-by");
  }

  /** What a program on this machine gets from within the clients' network, as a neighbour would. */
  async asNeighbour(script: string): Promise<string> {
    const image = `holdline:blue`;
    return this.run(
      "docker",
      "run",
      "--rm",
      `--network=${this.prefix}holdline-edge`,
      image,
      "bun",
      "-e",
      script,
    );
  }

  /** Everything that any container has written. */
  logs(): Promise<string> {
    return this.compose("logs", "--no-color");
  }

  async #serves(): Promise<boolean> {
    const answers = ["blue", "green"].map((color) => isReady(this.pinnedUrl, { "x-holdline-color": color }));
    return (await Promise.all([...answers, isReady(this.url, {})])).every(Boolean);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tryTo("docker", "compose", "down", "--volumes", "--timeout", "2", "--remove-orphans");
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function isReady(url: string, headers: Record<string, string>): Promise<boolean> {
  try {
    // With TLS the answer is a redirection.
    const { status } = await fetch(`${url}/health/ready`, { headers, redirect: "manual" });
    return status === 200 || status === 301;
  } catch {
    return false;
  }
}

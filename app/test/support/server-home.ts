import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { samplesOf } from "../telemetry/exposition.ts";
import { SpawnedServer, unusedPort } from "./spawned-server.ts";

const appDirectory = join(import.meta.dir, "../..");

/** All clients of a test have one address, and some send as much as they can. */
const limitsOff = {
  MAX_CONNECTIONS_PER_IP: "0",
  HANDSHAKES_PER_SECOND_PER_IP: "0",
  MESSAGES_PER_MINUTE: "0",
};

interface StartOptions {
  readonly env?: Record<string, string>;
  /** Arguments of Bun before the entry point. */
  readonly bun?: readonly string[];
  /** What the shell does before it becomes the server, such as `ulimit`. */
  readonly shell?: string;
}

/** Where servers of this checkout listen and keep their files, one after the other. Ends them and goes with its block. */
export class ServerHome implements AsyncDisposable {
  readonly directory: string;
  readonly port = unusedPort();
  readonly #servers: SpawnedServer[] = [];

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<ServerHome> {
    return new ServerHome(await mkdtemp(join(tmpdir(), "holdline-home-")));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get databasePath(): string {
    return this.path("holdline.db");
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Resolves once it is live. Limits that a test would meet by its size alone are off. */
  async start(options: StartOptions = {}): Promise<SpawnedServer> {
    return this.#own(
      await SpawnedServer.start(commandOf(options), appDirectory, this.#spawnOptions(options)),
    );
  }

  /** Does not wait for it to come up. */
  async spawn(options: StartOptions = {}): Promise<SpawnedServer> {
    return this.#own(
      await SpawnedServer.spawn(commandOf(options), appDirectory, this.#spawnOptions(options)),
    );
  }

  /** The value of a series, as Prometheus would read it now. */
  async metric(series: string): Promise<number | undefined> {
    return samplesOf(await (await fetch(`${this.url}/metrics`)).text()).get(series);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) if (server.isRunning) await server.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  #own(server: SpawnedServer): SpawnedServer {
    this.#servers.push(server);
    return server;
  }

  #spawnOptions({ env }: StartOptions) {
    const { directory, port } = this;
    return { directory, port, env: { ...limitsOff, ...env } };
  }
}

function commandOf({ bun = [], shell }: StartOptions): string[] {
  const command = [process.execPath, ...bun, "src/main.ts"];
  return shell === undefined ? command : ["bash", "-c", `${shell}; exec "$@"`, "bash", ...command];
}

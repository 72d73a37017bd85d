import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { RedisServer } from "../test/support/redis-server.ts";
import { contestants } from "./contestants.ts";
import { type Cores, onCore, pin } from "./cores.ts";
import type { Kind } from "./each.ts";
import { LOAD_SECRET } from "./load/token.ts";
import type { Wire } from "./load/wire.ts";

export type Server = {
  kind: Kind;
  pid: number;
  port: number;
  wire: Wire;
  lastOutput(): Promise<string>;
  stop(): Promise<void>;
};
export type Environment = Record<string, string>;

const APP = join(import.meta.dir, "..");
/** Under the default place of the database, so that the same disk is measured that would be used. */
const DATA = join(APP, "data");
/** Below the ports that the system hands out to outgoing connections; two runs at once begin apart. */
const FIRST_PORT = 31_500 + (process.pid % 100) * 10;
const READY_LIMIT_MS = 10_000;
const POLL_MS = 20;
const LAST_OUTPUT_CHARS = 1000;
const LIMITS_OFF: Environment = {
  MAX_CONNECTIONS: "16000",
  MAX_CONNECTIONS_PER_IP: "0",
  HANDSHAKES_PER_SECOND_PER_IP: "0",
  MESSAGES_PER_MINUTE: "0",
};

/** For where bytes are compared: a heartbeat in the middle would make one member's differ from the others'. */
export const NO_HEARTBEAT: Environment = { HEARTBEAT_INTERVAL: "0" };

/** Starts servers on the server core and ends, by process id, every one that it started. */
export class Servers {
  readonly #cores: Cores;
  readonly #running = new Map<number, Bun.Subprocess>();
  readonly #redises: RedisServer[] = [];
  readonly #directories = new Set<string>();
  #nextPort = FIRST_PORT;

  constructor(cores: Cores) {
    this.#cores = cores;
  }

  async start(kind: Kind, extra: Environment): Promise<Server> {
    if (kind !== "redis") return this.#startProcess(kind, extra);
    const redis = await this.startRedis();
    const server = await this.#startProcess(kind, { REDIS_URL: redis.url, REDIS_ACK: "memory", ...extra });
    const stop = async () => {
      await server.stop();
      await redis[Symbol.asyncDispose]();
    };
    return { ...server, stop };
  }

  /** Puts a server, with all its threads, on the servers' core or on the load's. */
  move({ pid }: Server, where: "server" | "load"): void {
    const core = this.#cores[where];
    if (core !== undefined) pin(pid, String(core));
  }

  /** Ends with its block, or with the run. */
  async startRedis(...options: readonly string[]): Promise<RedisServer> {
    const redis = await RedisServer.create("--maxmemory-policy", "noeviction", ...options);
    this.#redises.push(redis);
    await redis.start();
    return redis;
  }

  /** On the disk of the databases, and gone when the run ends. */
  createDirectory(): string {
    mkdirSync(DATA, { recursive: true });
    const directory = mkdtempSync(join(DATA, "bench-"));
    this.#directories.add(directory);
    return directory;
  }

  /** For the end of the run, whatever ended it. */
  endAll(): void {
    for (const server of this.#running.values()) server.kill("SIGKILL");
    for (const redis of this.#redises) redis.abandon();
    for (const directory of this.#directories) rmSync(directory, { recursive: true, force: true });
  }

  async #startProcess(kind: Kind, extra: Environment): Promise<Server> {
    const port = await this.#freePort();
    const directory = this.createDirectory();
    const command = onCore(this.#cores.server, await commandOf(kind, directory));
    const env = { ...cleanEnvironment(), ...LIMITS_OFF, ...placeIn(directory), PORT: String(port), ...extra };
    const output = Bun.file(join(directory, "out.log"));
    const child = Bun.spawn(command, { cwd: directory, env, stdio: ["ignore", output, "inherit"] });
    this.#running.set(child.pid, child);
    await untilReady(child, port);
    const lastOutput = async () => (await output.text()).slice(-LAST_OUTPUT_CHARS);
    const { wire } = contestants[kind];
    return { kind, pid: child.pid, port, wire, lastOutput, stop: () => this.#stop(child) };
  }

  async #stop(server: Bun.Subprocess): Promise<void> {
    server.kill("SIGKILL");
    await server.exited;
    this.#running.delete(server.pid);
  }

  async #freePort(): Promise<number> {
    while (!(await isFree(this.#nextPort))) this.#nextPort++;
    return this.#nextPort++;
  }
}

async function commandOf(kind: Kind, directory: string): Promise<string[]> {
  const { runtime, entry } = contestants[kind];
  const path = join(APP, entry);
  return runtime === "bun"
    ? [process.execPath, path]
    : ["node", "--expose-gc", await buildFor(path, directory)];
}

/** Without its types, which Node does not read before version 22; packages stay as npm installed them. */
async function buildFor(path: string, directory: string): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [path],
    outdir: directory,
    target: "node",
    packages: "external",
    naming: "server.mjs",
  });
  return outputs[0]?.path ?? "";
}

/** As in production; the caller's own settings must not change what is measured. */
function cleanEnvironment(): Environment {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, HOST: "127.0.0.1", NODE_ENV: "production", JWT_SECRET: LOAD_SECRET };
}

function placeIn(directory: string): Environment {
  return {
    DATABASE_PATH: join(directory, "holdline.db"),
    CONTROL_SOCKET: join(directory, "control.sock"),
    LOG_DIR: join(directory, "logs"),
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

async function untilReady(child: Bun.Subprocess, port: number): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS;
  while (!(await isReady(port))) {
    if (child.exitCode !== null)
      throw new Error(`the server ended with ${child.exitCode} before it was ready`);
    if (performance.now() > deadline) throw new Error(`the server was not ready within ${READY_LIMIT_MS} ms`);
    await Bun.sleep(POLL_MS);
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
  } catch {
    return false;
  }
}

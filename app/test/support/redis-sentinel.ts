import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { eventually } from "./eventually.ts";
import { RedisServer } from "./redis-server.ts";
import { unusedPort } from "./spawned-server.ts";

const withinMs = 30_000;

/** A real Sentinel that decides alone over the master `main`. Ends with its block. */
export class RedisSentinel implements AsyncDisposable {
  readonly port = unusedPort();
  #process: Bun.Subprocess | null = null;
  #directory = "";

  /** `settings`: more lines of its file. */
  static async watch(masterPort: number, settings: readonly string[] = []): Promise<RedisSentinel> {
    const sentinel = new RedisSentinel();
    sentinel.#directory = await mkdtemp(join(tmpdir(), "holdline-sentinel-"));
    const path = join(sentinel.#directory, "sentinel.conf");
    const lines = [
      `port ${sentinel.port}`,
      "bind 127.0.0.1",
      `sentinel monitor main 127.0.0.1 ${masterPort} 1`,
      "sentinel down-after-milliseconds main 500",
      "sentinel failover-timeout main 5000",
      ...settings,
    ];
    await writeFile(path, lines.join("\n"));
    sentinel.#process = Bun.spawn(["redis-server", path, "--sentinel"], {
      stdout: "ignore",
      stderr: "inherit",
    });
    return sentinel;
  }

  async knows({ port }: RedisServer): Promise<boolean> {
    const redis = new Redis(this.port, "127.0.0.1", { retryStrategy: null });
    const replicas = await redis.call("SENTINEL", "REPLICAS", "main").catch(() => []);
    redis.disconnect();
    return JSON.stringify(replicas).includes(String(port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** A master, its replica and their Sentinel. Ends with its block. */
export class WatchedRedis implements AsyncDisposable {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinel: RedisSentinel;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    master: RedisServer,
    replica: RedisServer,
    sentinel: RedisSentinel,
    stack: AsyncDisposableStack,
  ) {
    this.master = master;
    this.replica = replica;
    this.sentinel = sentinel;
    this.#stack = stack;
  }

  static async start(): Promise<WatchedRedis> {
    await using stack = new AsyncDisposableStack();
    const master = stack.use(await RedisServer.start("--repl-diskless-sync-delay", "0"));
    const replica = stack.use(await RedisServer.start("--replicaof", "127.0.0.1", String(master.port)));
    await eventually("the replica follows", () => isCopied(master), { withinMs });
    const sentinel = stack.use(await RedisSentinel.watch(master.port));
    await eventually("the Sentinel knows the replica", () => sentinel.knows(replica), { withinMs });
    return new WatchedRedis(master, replica, sentinel, stack.move());
  }

  get url(): string {
    return `redis+sentinel://127.0.0.1:${this.sentinel.port}/main`;
  }

  /** Resolves when the replica has all that was written so far. */
  async copied(): Promise<void> {
    await eventually("the replica has it", () => isCopied(this.master), { withinMs });
  }

  /** Resolves when the replica is master. */
  async tookOver(): Promise<void> {
    const isMaster = async () => ((await this.replica.ask("ROLE")) as unknown[])[0] === "master";
    await eventually("the replica takes over", isMaster, { withinMs });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

async function isCopied(master: RedisServer): Promise<boolean> {
  await master.ask("SET", "mark", 1);
  return (await master.ask("WAIT", 1, 100)) === 1;
}

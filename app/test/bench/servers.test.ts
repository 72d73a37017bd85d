import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { hasRedis } from "../support/redis-server.ts";
import { isAlive } from "../support/workers-world.ts";

setDefaultTimeout(60_000);

const run = `
  import { atEnd } from "${join(import.meta.dir, "../../bench/at-end.ts")}";
  import { Servers } from "${join(import.meta.dir, "../../bench/servers.ts")}";
  const servers = new Servers({ server: undefined, load: undefined, remark: "" });
  atEnd(() => servers.endAll());
  const redis = await servers.startRedis();
  const raw = await servers.start("raw", {});
  console.log(JSON.stringify({ pid: raw.pid, port: raw.port, redisUrl: redis.url, directory: servers.createDirectory() }));
  await new Promise(() => {});
`;

/** Nobody answers on a port that was given up. */
const isOpen = async (port: number): Promise<boolean> =>
  await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).then(
    (socket) => {
      socket.end();
      return true;
    },
    () => false,
  );

test.skipIf(!hasRedis).each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s ends a run of benchmarks with all that it started (needs redis-server)",
  async (signal) => {
    await using bench = Bun.spawn([process.execPath, "-e", run], { stdout: "pipe" });
    const { value } = await bench.stdout.getReader().read();
    const { pid, port, redisUrl, directory } = JSON.parse(new TextDecoder().decode(value));
    const redisPort = Number(new URL(redisUrl).port);
    expect([await isOpen(port), await isOpen(redisPort)]).toEqual([true, true]);
    bench.kill(signal);
    expect(await bench.exited).toBe(130);
    await eventually("their end", async () => !(isAlive(pid) || (await isOpen(redisPort))));
    expect(existsSync(directory)).toBe(false);
  },
);

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { hasOpenssl, RedisCertificates } from "../support/redis-certificates.ts";
import { RedisSentinel } from "../support/redis-sentinel.ts";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { unusedPort } from "../support/spawned-server.ts";
import { RedisWorld } from "./redis-world.ts";
import { until } from "./until.ts";

// Each start waits for Redis for 3 s, on machines that may be busy.
setDefaultTimeout(30_000);

const withPassword = ["--requirepass", "right"];
const isHere = (port: number) => `redis://127.0.0.1:${port}`;

const refusals: [what: string, url: (port: number) => string, redis: string[], reason: RegExp][] = [
  ["nobody there", () => isHere(unusedPort()), [], /ECONNREFUSED/],
  ["no host of that name", () => "redis://no-such-host.invalid", [], /ENOTFOUND/],
  ["a wrong password", (port) => `redis://:wrong@127.0.0.1:${port}`, withPassword, /WRONGPASS/],
  ["no password where one is needed", isHere, withPassword, /NOAUTH/],
  ["an unknown user", (port) => `redis://u:right@127.0.0.1:${port}`, withPassword, /WRONGPASS/],
  [
    "a cluster, wrong password",
    (port) => `redis+cluster://:wrong@127.0.0.1:${port}`,
    withPassword,
    /WRONGPASS/,
  ],
  ["a cluster that is none", (port) => `redis+cluster://127.0.0.1:${port}`, [], /cluster support disabled/],
  [
    "no Sentinel",
    () => `redis+sentinel://127.0.0.1:${unusedPort()}/main`,
    [],
    /failed to connect to sentinel/,
  ],
];

/** What an operator is told of a Redis that cannot be used. */
async function reasonsOf(server: RedisServer, url: string): Promise<string[]> {
  await using world = new RedisWorld(server);
  const { faults, warnings } = await world.open("i1", { url });
  await until(() => faults.length > 0, "a fault");
  return [...faults.map(String), ...warnings];
}

describe.skipIf(!hasRedis)("a Redis that cannot be used (needs redis-server)", () => {
  test.concurrent.each(refusals)("says why: %s", async (_, url, redis, reason) => {
    const server = await RedisServer.start(...redis);
    const [first = "", ...others] = await reasonsOf(server, url(server.port));
    expect(first).toMatch(reason);
    expect([first, ...others].join()).not.toContain("wrong@");
  });

  test.concurrent.skipIf(!hasOpenssl)(
    "says that nobody here knows who certified it (needs openssl)",
    async () => {
      await using certificates = await RedisCertificates.create();
      const { port, set } = certificates.settings();
      const server = await RedisServer.start(...set.flatMap(([name, value]) => [`--${name}`, value]));
      expect((await reasonsOf(server, `rediss://127.0.0.1:${port}`))[0]).toMatch(/self.signed certificate/);
    },
  );

  test.concurrent.each([
    ["another", "", [], /No such master/],
    ["main", "", ["requirepass right"], /NOAUTH/],
    ["main", "?sentinelPassword=wrong", ["requirepass right"], /WRONGPASS|NOAUTH/],
  ] as const)("says why Sentinels lead nowhere: %s%s", async (master, query, settings, reason) => {
    const server = await RedisServer.start();
    await using sentinel = await RedisSentinel.watch(server.port, settings);
    const url = `redis+sentinel://127.0.0.1:${sentinel.port}/${master}${query}`;
    expect((await reasonsOf(server, url)).join("\n")).toMatch(reason);
  });

  test.concurrent("says what it says next, where that is something else", async () => {
    const server = await RedisServer.create(...withPassword);
    await using world = new RedisWorld(server);
    const { faults, warnings } = await world.open("i1");
    expect(faults.map(String).join()).toContain("ECONNREFUSED");
    await server.start();
    await until(() => warnings.some((warning) => warning.includes("NOAUTH")), "why it is refused now");
    expect(faults).toHaveLength(1);
  });
});

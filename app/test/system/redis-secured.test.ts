import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { hasOpenssl, RedisCertificates } from "../support/redis-certificates.ts";
import { RedisSentinel } from "../support/redis-sentinel.ts";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { ServerHome } from "../support/server-home.ts";
import { unusedPort } from "../support/spawned-server.ts";
import { WsClient } from "../support/ws-client.ts";

// Whole servers start here, on machines that may be busy.
setDefaultTimeout(60_000);

const room = "room:secured";
const patience = { withinMs: 20_000 };

const readme = await Bun.file(join(import.meta.dir, "../../../README.md")).text();
const [, user = ""] = /^user (holdline on >password .*)$/m.exec(readme) ?? [];
const asOptions = (settings: readonly (readonly [string, string])[]) =>
  settings.flatMap(([name, value]) => [`--${name}`, ...value.split(" ")]);
const userOption: [string, string] = ["user", user];

interface Secured extends AsyncDisposable {
  readonly url: string;
}

const places: [name: string, start: (certificates: RedisCertificates) => Promise<Secured>][] = [
  [
    "a Redis",
    async (certificates) => {
      const { port, set } = certificates.settings();
      const redis = await RedisServer.start(...asOptions([...set, userOption]));
      return {
        url: `rediss://holdline:password@127.0.0.1:${port}`,
        [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
      };
    },
  ],
  [
    "a cluster of one node",
    async (certificates) => {
      const { port, set } = certificates.settings();
      const cluster: [string, string][] = [
        ["cluster-enabled", "yes"],
        ["cluster-port", String(unusedPort())],
        ["cluster-announce-ip", "127.0.0.1"],
        ["tls-cluster", "yes"],
      ];
      const redis = await RedisServer.start(...asOptions([...set, ...cluster, userOption]));
      await redis.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16_383);
      const isWhole = async () => String(await redis.ask("CLUSTER", "INFO")).includes("cluster_state:ok");
      await eventually("the cluster is whole", isWhole, patience);
      const url = `rediss+cluster://holdline:password@127.0.0.1:${port}`;
      return { url, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
    },
  ],
  [
    "Sentinels, with a password of their own",
    async (certificates) => {
      const stack = new AsyncDisposableStack();
      const [ofRedis, ofSentinel] = [certificates.settings(), certificates.settings()];
      stack.use(await RedisServer.start(...asOptions([...ofRedis.set, userOption])));
      const lines = ofSentinel.set.map((pair) => pair.join(" "));
      stack.use(
        await RedisSentinel.watch(ofRedis.port, [...lines, "tls-replication yes", "requirepass s&t"]),
      );
      const url = `rediss+sentinel://holdline:password@127.0.0.1:${ofSentinel.port}/main?sentinelPassword=s%26t`;
      return { url, [Symbol.asyncDispose]: () => stack.disposeAsync() };
    },
  ],
];

const start = (home: ServerHome, url: string, authority?: string) =>
  home.start({
    env: { REDIS_URL: url, ...(authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: authority }) },
  });

const isReady = async ({ url }: ServerHome) => (await fetch(`${url}/health/ready`)).ok;

describe.skipIf(!hasRedis || !hasOpenssl)("TLS and an ACL user (needs redis-server and openssl)", () => {
  test.each(places)("%s: two servers are one, and nothing is refused", async (_, startPlace) => {
    await using certificates = await RedisCertificates.create();
    await using place = await startPlace(certificates);
    await using blue = await ServerHome.create();
    await using green = await ServerHome.create();
    const servers = await Promise.all(
      [blue, green].map((home) => start(home, place.url, certificates.authority)),
    );
    for (const home of [blue, green]) await eventually("it is ready", () => isReady(home), patience);
    const [alice, bob] = [
      await WsClient.connect(`${blue.url}/ws/chat/alice`),
      await WsClient.connect(`${green.url}/ws/chat/bob`),
    ];
    for (const client of [alice, bob]) expect((await client.join(room)).ok).toBe(true);
    expect(await alice.ask("send_message", { room, content: "hello" })).toMatchObject({
      payload: { seq: 1 },
    });
    expect(await bob.event("chat_message")).toMatchObject({ payload: { seq: 1 } });
    const history = await bob.ask("history", { room });
    expect(JSON.stringify(history)).toContain("hello");
    const presence = await bob.ask("presence", { room });
    expect(presence).toMatchObject({ payload: { total: 2 } });
    const output = servers.map((server) => server.output).join("");
    expect(output).not.toMatch(/NOPERM|refuses|does not let/);
    expect(output).not.toMatch(/password|s&t|s%26t/);
  });

  test("an authority that nobody told of is not trusted, and the log says so", async () => {
    await using certificates = await RedisCertificates.create();
    const [, startPlace] = places[0] as (typeof places)[number];
    await using place = await startPlace(certificates);
    await using home = await ServerHome.create();
    const server = await start(home, place.url);
    await eventually("the log says why", () => /self.signed certificate/.test(server.output), patience);
    expect(await isReady(home)).toBe(false);
  });
});

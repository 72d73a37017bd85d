import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { loadConfig } from "../../src/config.ts";
import { eventually } from "../support/eventually.ts";
import { SdkLedger } from "../support/ledger/sdk-ledger.ts";
import { hasProxy, LoadBalancer, type ProxyName, readProxyConfig } from "../support/load-balancer.ts";
import { PlantedSecrets } from "../support/planted-secrets.ts";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";
import { hasRedis } from "../support/redis-server.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import type { ServerHome } from "../support/server-home.ts";
import { ServersOnRedis } from "../support/servers-on-redis.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { TwoServers } from "../support/two-servers.ts";
import { unhurried } from "../support/unhurried.ts";
import { WsClient } from "../support/ws-client.ts";

// Servers, a Redis and a proxy start here, on machines that may be busy.
setDefaultTimeout(120_000);

const proxies: readonly ProxyName[] = ["nginx", "haproxy"];
const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 32));
const members = 8;
const patienceMs = 40_000;
const newcomers = ["one", "two", "three", "four"];

const originsOf = ({ both }: TwoServers) => both.map(({ url }) => new URL(url).origin);

async function connectionsAt(url: string | undefined): Promise<number> {
  return (await (await fetch(`${url}/health`)).json()).connections;
}

/** Where each of the newcomers lands. */
async function greeters({ url }: LoadBalancer): Promise<unknown[]> {
  const clients = await Promise.all(newcomers.map((id) => WsClient.connect(`${url}/ws/chat/${id}`)));
  const greetings = await Promise.all(clients.map((client) => client.event("connection_established")));
  await Promise.all(clients.map((client) => client.close()));
  return greetings.map(({ payload }) => payload.color);
}

async function drain(home: ServerHome | undefined): Promise<void> {
  const unix = home?.path("control.sock") ?? "";
  const answer = await fetch("http://localhost/drain", { unix, method: "POST", body: '{"graceMs":60000}' });
  expect(answer.status).toBe(200);
}

async function stored(ledger: SdkLedger, more: number): Promise<void> {
  const goal = ledger.stored + more;
  await eventually("more writes", () => ledger.stored >= goal, { withinMs: patienceMs });
}

/** A server that is well, but does not know what becomes of a write; notes what it is asked. */
const refusingWrites = (asked: string[]) =>
  Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch({ method, url }) {
      asked.push(`${method} ${new URL(url, "http://host").pathname}`);
      return new Response("", { status: method === "GET" ? 200 : 503 });
    },
  });

/** Members that are soon back and talk without a pause. */
const createLedger = (url: string): SdkLedger =>
  new SdkLedger({
    random: new SeededRandom(seed),
    members,
    rooms: 6,
    writes: 100_000,
    client: { url, reconnectDelayMs: 20, reconnectDelayMaxMs: 200 },
  });

for (const name of proxies) {
  describe.skipIf(!hasProxy(name))(`behind ${name} (needs ${name})`, () => {
    test.skipIf(!hasRedis).each([
      ["not sticky", false],
      ["sticky", true],
    ])("servers on one Redis are drained and killed, and nobody misses anything: %s", async (_, isSticky) => {
      await using all = await ServersOnRedis.start({ servers: 2 });
      await using balancer = await LoadBalancer.start(name, all.urls, isSticky);
      using ledger = createLedger(balancer.url);
      await ledger.start();
      await stored(ledger, 100);
      const [one, two] = (await Promise.all(all.urls.map(connectionsAt))) as [number, number];
      expect([Math.min(one, two) === 0, one + two]).toEqual([isSticky, members]);

      const [leaving, staying] = one >= two ? [0, 1] : [1, 0];
      await drain(all.homes[leaving]);
      const hasLeft = async () => (await connectionsAt(all.urls[leaving])) === 0;
      await eventually("everybody to move", unhurried(hasLeft), { withinMs: patienceMs });
      expect([ledger.sum("reconnects"), (await all.servers[leaving]?.stop())?.exitCode]).toEqual([0, 0]);
      await stored(ledger, 100);

      await all.startServer(leaving);
      await all.servers[staying]?.kill();
      await stored(ledger, 100);
      ledger.rest();
      await ledger.finish(balancer.url, patienceMs);
      expect([ledger.sum("resets"), ledger.sum("holes")]).toEqual([0, 0]);
    });

    test.each([
      ["not sticky", false],
      ["sticky", true],
    ])("a handshake that one server refuses is taken to the other: %s", async (_, isSticky) => {
      await using servers = await TwoServers.start();
      await using balancer = await LoadBalancer.start(name, originsOf(servers), isSticky);
      for (const leaving of servers.both) {
        const staying = leaving === servers.blue ? "green" : "blue";
        leaving.hub.drain.begin({ ratePerSecond: 1000, graceMs: 15_000 });
        expect(await greeters(balancer)).toEqual(newcomers.map(() => staying));
        leaving.hub.drain.undrain();
      }
    });

    test("the page and the health of a server are there", async () => {
      await using servers = await TwoServers.start();
      await using balancer = await LoadBalancer.start(name, originsOf(servers));
      expect(await (await fetch(balancer.url)).text()).toContain("<title>");
      expect(await (await fetch(`${balancer.url}/health`)).json()).toMatchObject({ status: "healthy" });
    });

    test("who is refused everywhere is told why, and when to come again", async () => {
      await using servers = await TwoServers.start();
      await using balancer = await LoadBalancer.start(name, originsOf(servers));
      for (const server of servers.both) servers.drain(server);
      const answer = await rawRequest(`${balancer.url}/ws/chat/a`, "GET", upgradeHeaders);
      expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([503, "draining"]);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    });

    test("a write that may have been stored is not repeated", async () => {
      const asked: string[] = [];
      using one = refusingWrites(asked);
      using two = refusingWrites(asked);
      await using balancer = await LoadBalancer.start(name, [one.url.origin, two.url.origin]);
      const url = `${balancer.url}/api/rooms/room:a/messages`;
      expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(503);
      expect(asked.filter((what) => what.startsWith("POST"))).toHaveLength(1);
    });

    test("a limit counts by the client's address, whatever the client says of it", async () => {
      await using servers = await TwoServers.start({ MAX_CONNECTIONS_PER_IP: "1" });
      await using balancer = await LoadBalancer.start(name, originsOf(servers));
      const first = await WsClient.connect(`${balancer.url}/ws/chat/first`);
      const handshake = async (from: string, headers: Record<string, string> = {}) =>
        (await rawRequest(`${balancer.url}/ws/chat/next`, "GET", { ...upgradeHeaders, ...headers }, from))
          .status;
      expect(await handshake("127.0.0.1", { "x-forwarded-for": "192.0.2.1" })).toBe(429);
      expect(await handshake("127.0.0.2")).toBe(101);
      await first.close();
    });

    test("a token in the URL is in no log, whatever becomes of the request", async () => {
      const secrets = new PlantedSecrets();
      const token = secrets.plantToken("a token", await signToken({}));
      const servers = await TwoServers.start({ JWT_SECRET: tokenSecret });
      await using balancer = await LoadBalancer.start(name, originsOf(servers));
      const ask = (id: string, headers: Record<string, string>) =>
        rawRequest(`${balancer.url}/ws/chat/${id}?token=${token}`, "GET", headers);
      const client = await WsClient.connect(`${balancer.url}/ws/chat/served?token=${token}`);
      await client.close();
      const referer = `${balancer.url}/?token=${token}`;
      expect((await ask("plain", { referer })).status).toBe(426);
      expect((await ask("odd", { ...upgradeHeaders, "content-length": "none" })).status).toBe(400);
      await servers[Symbol.asyncDispose]();
      expect([502, 503]).toContain((await ask("gone", upgradeHeaders)).status);
      const paths = ["served", "plain", "gone"].map((id) => `/ws/chat/${id} `);
      const isLogged = async (path: string) => (await balancer.logs()).includes(path);
      for (const path of paths)
        await eventually(
          path,
          unhurried(() => isLogged(path)),
        );
      expect(secrets.findIn("the log", await balancer.logs())).toEqual([]);
    });
  });
}

test.skipIf(!hasProxy("haproxy"))("haproxy asks for nothing but whether a server is alive", async () => {
  const asked: string[] = [];
  using one = refusingWrites(asked);
  using two = refusingWrites(asked);
  await using _ = await LoadBalancer.start("haproxy", [one.url.origin, two.url.origin]);
  await eventually("checks", () => asked.length > 4);
  expect([...new Set(asked)]).toEqual(["GET /health/live"]);
});

/** How long a WebSocket may be silent. */
const silence: Readonly<Record<ProxyName, RegExp>> = {
  nginx: /^ *proxy_read_timeout (\d+)s;/m,
  haproxy: /^ *timeout tunnel (\d+)s$/m,
};

test.each(proxies)("%s lets a WebSocket be silent for longer than two heartbeats", async (name) => {
  const loaded = loadConfig({});
  const [, seconds] = silence[name].exec(await readProxyConfig(name)) ?? [];
  expect(loaded.ok && Number(seconds) * 1000 > 2 * loaded.config.heartbeatIntervalMs).toBe(true);
});

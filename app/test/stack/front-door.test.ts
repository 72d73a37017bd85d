import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chromiumPath, Visitor } from "../support/browser.ts";
import { isStackAsked, Stack } from "../support/stack.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";

const startMs = 180_000;
const testMs = 120_000;
const metricsToken = "a-token-for-metrics";
const headers = [
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"],
  // For TLS alone.
  ["strict-transport-security", null],
  ["server", null],
] as const;

let stack: Stack;

describe.skipIf(!isStackAsked)("Traefik before the server (HOLDLINE_STACK=1)", () => {
  beforeAll(async () => {
    // Where clients are counted by the server as well, Traefik is to be the one that refuses.
    stack = await Stack.start({ env: { JWT_SECRET: tokenSecret, HANDSHAKES_PER_SECOND_PER_IP: "0" } });
  }, startMs);
  afterAll(() => stack?.[Symbol.asyncDispose](), testMs);

  test.each(["/", "/start.js", "/health", "/api/rooms", "/docs", "/metrics", "/ws/chat/someone"])(
    "adds the security headers to %s",
    async (path) => {
      const answer = await fetch(stack.url + path);
      expect(headers.map(([name]) => [name, answer.headers.get(name)])).toEqual(
        headers.map((each) => [...each]),
      );
    },
  );

  test.each([
    ["/", "script-src 'self'"],
    ["/docs", "script-src 'self'"],
    ["/api/rooms", "default-src 'none'; frame-ancestors 'none'"],
  ])("has %s come with its content security policy", async (path, policy) => {
    expect((await fetch(stack.url + path)).headers.get("content-security-policy")).toContain(policy);
  });

  test.each([
    ["handshakes", "/ws/chat/somebody", 20, 5],
    ["API calls", "/api/rooms", 40, 10],
    ["files", "/icon.svg", 100, 50],
  ])("limits %s of one client", async (_what, path, burst, perSecond) => {
    await refillBuckets();
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: burst * 3 }, () => fetch(stack.url + path)));
    const seconds = (performance.now() - startedAt) / 1000;
    const refused = answers.filter(({ status }) => status === 429);
    const admitted = answers.length - refused.length;
    expect(admitted).toBeGreaterThanOrEqual(burst);
    expect(admitted).toBeLessThanOrEqual(burst + Math.ceil(perSecond * seconds) + 1);
    expect(refused[0]?.headers.get("retry-after")).toMatch(/^\d+$/);
  });

  test(
    "does not count a backend among API_TRUSTED_CIDRS",
    async () => {
      await stack.up({ API_TRUSTED_CIDRS: `192.0.2.0/24, ${stack.edge}.1/32` });
      const answers = await Promise.all(Array.from({ length: 120 }, () => fetch(`${stack.url}/api/rooms`)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
      await stack.up({ API_TRUSTED_CIDRS: "" });
    },
    testMs,
  );

  test("believes no client about its address", async () => {
    await refillBuckets();
    const spoofed = (index: number) => ({
      "x-forwarded-for": `198.18.0.${index}`,
      "x-real-ip": `198.18.0.${index}`,
    });
    const ask = (index: number) => fetch(`${stack.url}/ws/chat/somebody`, { headers: spoofed(index) });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => ask(index)));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(20);
  });

  test(
    "hands the server the client's address, which counts sessions by it",
    async () => {
      await stack.up({ MAX_CONNECTIONS_PER_IP: "3" });
      const open = async (index: number) => {
        const token = await signToken({ sub: `user-${index}` });
        const address = { "x-forwarded-for": `198.18.0.${index}` };
        const socket = new WebSocket(`${stack.url.replace("http", "ws")}/ws/chat/limit-${index}`, {
          headers: { ...address, authorization: `Bearer ${token}` },
        } as never);
        return new Promise<WebSocket | null>((resolve) => {
          socket.onopen = () => resolve(socket);
          socket.onerror = () => resolve(null);
        });
      };
      const sockets = [await open(1), await open(2), await open(3), await open(4)];
      expect(sockets.map((socket) => socket !== null)).toEqual([true, true, true, false]);
      for (const socket of sockets) socket?.close();
      await stack.up({ MAX_CONNECTIONS_PER_IP: "" });
    },
    testMs,
  );

  test("shows metrics to this machine alone while there is no token", async () => {
    expect(await metricsHere()).toEqual([200, true]);
    expect(await metricsHere({ authorization: "Bearer anything" })).toEqual([200, true]);
    for (const asks of ["", "Bearer anything"]) {
      const [status, text] = await metricsOfNeighbour(asks);
      expect([status, text.includes("websocket_"), text.includes("METRICS_TOKEN")]).toEqual([
        403,
        false,
        true,
      ]);
    }
  });

  test(
    "shows metrics to whoever has the token once there is one",
    async () => {
      await stack.up({ METRICS_TOKEN: metricsToken });
      expect(await metricsHere({ authorization: `Bearer ${metricsToken}` })).toEqual([200, true]);
      expect(await metricsHere()).toEqual([401, false]);
      expect((await metricsOfNeighbour(`Bearer ${metricsToken}`))[0]).toBe(200);
      expect((await metricsOfNeighbour("Bearer wrong"))[0]).toBe(401);
      expect((await metricsOfNeighbour(""))[0]).toBe(403);
    },
    testMs,
  );

  test.skipIf(chromiumPath === null)(
    "lets a browser open three tabs at once and come back, without a 429 (needs chromium)",
    async () => {
      await stack.up({ JWT_SECRET: "", METRICS_TOKEN: "" });
      await using visitor = await Visitor.create();
      const pages = await Promise.all([1, 2, 3].map(() => visitor.open(stack.url)));
      const refused: string[] = [];
      for (const page of pages)
        page.on("response", (response) => response.status() === 429 && refused.push(response.url()));
      await Promise.all(pages.map((page) => page.reload()));
      for (const page of pages) await page.waitForSelector('#state[data-kind="connected"]');
      expect([refused, visitor.complaints]).toEqual([[], []]);
    },
    testMs,
  );
});

/** A reload makes every bucket full. */
async function refillBuckets(): Promise<void> {
  await stack.writeTraffic("blue=99", "green=1");
  await stack.writeTraffic("blue");
}

async function metricsHere(asks: Record<string, string> = {}): Promise<[number, boolean]> {
  const answer = await fetch(`${stack.url}/metrics`, { headers: asks });
  return [answer.status, (await answer.text()).includes("websocket_connections_total")];
}

async function metricsOfNeighbour(authorization: string): Promise<[number, string]> {
  const asked = JSON.stringify(authorization === "" ? {} : { headers: { authorization } });
  const script = `const r = await fetch("http://traefik/metrics", ${asked}); console.log(r.status, await r.text())`;
  const [, status = "", text = ""] = /^(\d+) ([\s\S]*)$/.exec(await stack.asNeighbour(script)) ?? [];
  return [Number(status), text];
}

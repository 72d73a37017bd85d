import { afterEach, describe, expect, test } from "bun:test";
import { HttpWorld } from "../support/http-world.ts";
import { rawRequest, upgradeHeaders } from "../support/raw-request.ts";
import { WsClient } from "../support/ws-client.ts";

let world: HttpWorld;
afterEach(() => world.stop());

async function verdicts(path: string, headers: Record<string, string> = {}) {
  const answers = [
    await rawRequest(world.url + path, "GET", { ...upgradeHeaders, ...headers }),
    await rawRequest(world.url + path, "GET", headers),
  ];
  return answers.map(({ status, body, headers }) => [
    status,
    JSON.parse(body).error.code,
    headers.get("retry-after"),
  ]);
}

const twice = (...verdict: unknown[]) => [verdict, verdict];

describe("an accepted handshake", () => {
  test("is greeted, with the subprotocol selected and the colour named", async () => {
    world = await HttpWorld.start();
    const client = await WsClient.connect(`${world.url}/ws/chat/abc`, {
      protocols: ["other", "holdline.v1"],
    });
    const { payload } = await client.event("connection_established");
    expect(client.protocol).toBe("holdline.v1");
    expect(payload).toMatchObject({ connectionId: "abc", color: "blue", protocol: 1 });
  });

  test("is told the subprotocol each time", async () => {
    world = await HttpWorld.start();
    const headers = { ...upgradeHeaders, "sec-websocket-protocol": "other,, holdline.v1" };
    for (const id of ["a", "b", "c"]) {
      const answer = await rawRequest(`${world.url}/ws/chat/${id}`, "GET", headers);
      expect(answer.headers.get("sec-websocket-protocol")).toBe("holdline.v1");
    }
  });

  test("selects no subprotocol where none was offered", async () => {
    world = await HttpWorld.start();
    const answer = await rawRequest(`${world.url}/ws/chat/a`, "GET", upgradeHeaders);
    expect([answer.status, answer.headers.get("sec-websocket-protocol")]).toEqual([101, null]);
    expect(answer.headers.get("x-served-by")).toBe("blue");
  });

  test("without a connectionId gets a new one each time", async () => {
    world = await HttpWorld.start();
    const clients = [
      await WsClient.connect(`${world.url}/ws/chat`),
      await WsClient.connect(`${world.url}/ws/chat`),
    ];
    const greetings = await Promise.all(clients.map((client) => client.event("connection_established")));
    const ids = greetings.map(({ payload }) => String(payload.connectionId));
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ["no origin", {}],
    ["an origin of this host", { origin: "https://127.0.0.1:9999" }],
    ["an origin on localhost", { origin: "http://localhost:5173" }],
    [
      "the host that a trusted proxy names",
      { origin: "https://chat.example.com", "x-forwarded-host": "chat.example.com" },
    ],
    ["an Authorization that is no token", { authorization: "Basic eDp5" }],
    ["an empty list of subprotocols", { "sec-websocket-protocol": " , " }],
    ["keep-alive beside Upgrade", { connection: "keep-alive, Upgrade", upgrade: "WebSocket" }],
  ])("may have %s", async (_what, headers) => {
    world = await HttpWorld.start();
    const answer = await rawRequest(`${world.url}/ws/chat/a`, "GET", { ...upgradeHeaders, ...headers });
    expect(answer.status).toBe(101);
  });
});

describe("a handshake is refused", () => {
  test("when the host is named by a proxy that is not trusted", async () => {
    world = await HttpWorld.start({ TRUSTED_PROXIES: "192.0.2.1" });
    const headers = { origin: "https://chat.example.com", "x-forwarded-host": "chat.example.com" };
    expect(await verdicts("/ws/chat/a", headers)).toEqual(twice(403, "origin_forbidden", null));
  });

  test("when the server is full", async () => {
    world = await HttpWorld.start({ MAX_CONNECTIONS: "1" });
    await WsClient.connect(`${world.url}/ws/chat/a`);
    expect(await verdicts("/ws/chat/b")).toEqual(twice(503, "server_full", "10"));
  });

  test("when its address has as many connections as it may, and no other", async () => {
    world = await HttpWorld.start({ MAX_CONNECTIONS_PER_IP: "1" });
    const from = (address: string) => ({ "x-forwarded-for": address });
    await WsClient.connect(`${world.url}/ws/chat/a`, { headers: from("2001:db8:1:2::1") });
    expect(await verdicts("/ws/chat/b", from("2001:db8:1:2::2"))).toEqual(
      twice(429, "connection_limit_ip", "10"),
    );
    await WsClient.connect(`${world.url}/ws/chat/c`, { headers: from("2001:db8:1:3::1") });
  });

  test("while the server drains", async () => {
    world = await HttpWorld.start();
    world.hub.drain.sendAllAway(1000);
    expect(await verdicts("/ws/chat/a")).toEqual(twice(503, "draining", "1"));
  });

  test("while the engine cannot tell the install secret, and no longer", async () => {
    world = await HttpWorld.start();
    const installSecret = world.engine.installSecret;
    world.engine.installSecret = () => Promise.reject(new Error("no engine"));
    expect(await verdicts("/ws/chat/a")).toEqual(twice(503, "unavailable", "2"));
    expect(world.logged.map(({ event }) => event)).toContain("task.failed");
    world.engine.installSecret = installSecret;
    await WsClient.connect(`${world.url}/ws/chat/a`);
  });
});

test("a trusted proxy that names nobody is exempt from the limit per address, with one warning", async () => {
  world = await HttpWorld.start({ MAX_CONNECTIONS_PER_IP: "1" });
  await WsClient.connect(`${world.url}/ws/chat/a`);
  await WsClient.connect(`${world.url}/ws/chat/b`);
  const warnings = world.logged.filter(({ event }) => event === "proxy.unidentified");
  expect(warnings.map(({ fields }) => fields.peer)).toEqual(["127.0.0.1"]);
});

test("refused WebSocket requests are counted and logged; questions, ids and tokens are not", async () => {
  world = await HttpWorld.start();
  await verdicts("/ws/chat/secret-id?token=secret-token", { "x-forwarded-for": "203.0.113.9" });
  expect(world.rejected).toEqual(["unauthorized"]);
  expect(world.logged).toMatchObject([
    { event: "handshake.refused", fields: { code: "unauthorized", address: "203.0.113.9" } },
  ]);
  expect(JSON.stringify(world.logged)).not.toContain("secret");
});

test("handshakes are measured by pattern", async () => {
  world = await HttpWorld.start();
  await rawRequest(`${world.url}/ws/chat/a`, "GET", upgradeHeaders);
  await rawRequest(`${world.url}/ws/chat/a`);
  await rawRequest(`${world.url}/ws/chat`);
  expect(world.measured).toEqual([
    { route: "/ws/chat/:connectionId", method: "GET", status: 101 },
    { route: "/ws/chat/:connectionId", method: "GET", status: 426 },
    { route: "/ws/chat", method: "GET", status: 426 },
  ]);
});

test("a fault while judging is a 500 that tells nothing", async () => {
  world = await HttpWorld.start();
  world.hub.verdict = () => {
    throw new Error("secret detail");
  };
  const { status, body, headers } = await rawRequest(`${world.url}/ws/chat/a`, "GET", upgradeHeaders);
  expect([status, JSON.parse(body).error.code, headers.get("x-served-by")]).toEqual([
    500,
    "internal",
    "blue",
  ]);
  expect(body).not.toContain("secret");
  const [failure] = world.logged.filter(({ event }) => event === "http.failed");
  expect(failure?.fields).toMatchObject({ route: "/ws/chat/:connectionId", method: "GET" });
});

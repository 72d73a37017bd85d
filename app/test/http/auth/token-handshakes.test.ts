import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { HttpWorld } from "../../support/http-world.ts";
import { KeyServer, makeKey } from "../../support/key-server.ts";
import { rawRequest, upgradeHeaders } from "../../support/raw-request.ts";
import { unusedPort } from "../../support/spawned-server.ts";
import { signToken, tokenSecret, toSeconds } from "../../support/tokens.ts";
import { WsClient } from "../../support/ws-client.ts";

type Headers = Record<string, string>;

const path = "/ws/chat/a";

let world: HttpWorld;
let token: string;
beforeEach(async () => {
  world = await HttpWorld.start({ JWT_SECRET: tokenSecret });
  token = await signToken({ name: "Alice" });
});
afterEach(() => world.stop());

const upgrade = (headers: Headers, at = path) =>
  rawRequest(world.url + at, "GET", { ...upgradeHeaders, ...headers });
const ask = (headers: Headers, at = path) => rawRequest(world.url + at, "GET", headers);

async function verdicts(headers: Headers, at = path) {
  const answers = [await upgrade(headers, at), await ask(headers, at)];
  return answers.map(({ status, body }) => [status, JSON.parse(body).error.code]);
}

const twice = (...verdict: unknown[]) => [verdict, verdict];

describe("a token is taken", () => {
  test.each([
    ["as a subprotocol", () => ({ "sec-websocket-protocol": `holdline.v1, bearer.${token}` }), ""],
    ["in Authorization", () => ({ authorization: `Bearer ${token}` }), ""],
    ["whatever the case of its scheme", () => ({ authorization: `bEARER   ${token}` }), ""],
    ["in the query", () => ({}), "token"],
  ])("%s, the second time as the first", async (_what, headers, parameter) => {
    const at = parameter === "" ? path : `${path}?x=1&${parameter}=${token}`;
    for (const _time of [1, 2]) {
      expect((await upgrade(headers(), at)).status).toBe(101);
      expect((await ask(headers(), at)).status).toBe(426);
    }
  });

  test("for who it says", async () => {
    const client = await WsClient.connect(world.url + path, {
      protocols: ["holdline.v1", `bearer.${token}`],
    });
    const { payload } = await client.event("connection_established");
    expect([client.protocol, payload.userId, payload.userName]).toEqual(["holdline.v1", "alice", "Alice"]);
  });
});

describe("a handshake is refused", () => {
  const bearer = () => ({ authorization: `Bearer ${token}` });
  const offer = () => ({ "sec-websocket-protocol": `holdline.v1, bearer.${token}` });

  test("without a token, with what is asked for", async () => {
    expect(await verdicts({})).toEqual(twice(401, "unauthorized"));
    expect((await ask({})).headers.get("www-authenticate")).toBe("Bearer");
  });

  test.each([
    ["a header twice", () => ({ authorization: `Bearer ${token}`, Authorization: `Bearer ${token}` }), path],
    ["a header beside another scheme", () => ({ authorization: `Basic eDp5, Bearer ${token}` }), path],
    ["a header and a subprotocol", () => ({ ...bearer(), ...offer() }), path],
    ["a header and a parameter", bearer, `${path}?token=`],
    ["a parameter and a subprotocol", offer, `${path}?token=x`],
    ["a parameter twice", () => ({}), `${path}?token=x&token=y`],
    ["a subprotocol twice", () => ({ "sec-websocket-protocol": "holdline.v1, bearer.a, bearer.b" }), path],
  ])("with more than one: %s", async (_what, headers, at) => {
    expect(await verdicts(headers(), at)).toEqual(twice(400, "bad_request"));
  });

  test("with a token that has expired, and says so", async () => {
    const expired = await signToken({ exp: toSeconds(Date.now()) - 60 });
    const { status, body } = await upgrade({ authorization: `Bearer ${expired}` });
    expect([status, JSON.parse(body).error.message]).toEqual([401, "The token has expired."]);
  });

  test("for a session of another user", async () => {
    await WsClient.connect(world.url + path, { headers: bearer() });
    token = await signToken({ sub: "bob" });
    expect(await verdicts(bearer())).toEqual(twice(409, "session_taken"));
  });
});

test("many who arrive at once are judged one by one", async () => {
  await world.stop();
  world = await HttpWorld.start({ JWT_SECRET: tokenSecret, MAX_CONNECTIONS: "3" });
  const tokens = await Promise.all(["a", "b", "c", "d", "e", "f"].map((sub) => signToken({ sub })));
  const attempts = tokens.map((text, index) =>
    WsClient.connect(`${world.url}/ws/chat/${index}`, { headers: { authorization: `Bearer ${text}` } }),
  );
  const outcomes = await Promise.allSettled(attempts);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
});

describe("an address may try", () => {
  const from = (address: string, text = token) => ({
    authorization: `Bearer ${text}`,
    "x-forwarded-for": address,
  });
  const statuses = async (count: number, headers: Headers, send = upgrade) => {
    const answers = [];
    for (let index = 0; index < count; index += 1) answers.push((await send(headers)).status);
    return answers;
  };

  test("as often as the rate allows, and others still may", async () => {
    await world.stop();
    world = await HttpWorld.start({ JWT_SECRET: tokenSecret, HANDSHAKES_PER_SECOND_PER_IP: "2" });
    expect(await statuses(3, from("192.0.2.1"))).toEqual([101, 101, 429]);
    const refused = await upgrade(from("192.0.2.1"));
    expect(JSON.parse(refused.body).error.code).toBe("handshake_rate");
    expect(refused.headers.get("retry-after")).toBe("1");
    expect((await upgrade(from("192.0.2.2"))).status).toBe(101);
    world.clock.advance(500);
    expect(await statuses(2, from("192.0.2.1"))).toEqual([101, 429]);
    expect(world.rejected).toEqual(["handshake_rate", "handshake_rate", "handshake_rate"]);
    expect(world.limited).toEqual(["handshakes", "handshakes", "handshakes"]);
  });

  test.each([
    ["WebSocket requests", upgrade],
    ["plain GETs", ask],
  ])("four tokens that are no good by %s, and then not even a good one", async (_what, send) => {
    expect(await statuses(6, from("192.0.2.1", "x"), send)).toEqual([401, 401, 401, 401, 429, 429]);
    expect((await upgrade(from("192.0.2.1"))).status).toBe(429);
    expect((await ask(from("192.0.2.1"))).status).toBe(429);
    world.clock.advance(50);
    expect((await upgrade(from("192.0.2.1"))).status).toBe(101);
  });

  test("as often as before less five, the handshake included, after one token that is no good", async () => {
    await statuses(1, from("192.0.2.1", "x"));
    expect(await statuses(16, from("192.0.2.1"))).toEqual([...Array(15).fill(101), 429]);
  });

  test("four tokens over REST, and then no handshake", async () => {
    const rest = (headers: Headers) => ask(headers, "/api/rooms/room:a/messages");
    expect(await statuses(5, from("192.0.2.1", "x"), rest)).toEqual([401, 401, 401, 401, 429]);
    expect((await upgrade(from("192.0.2.1"))).status).toBe(429);
  });

  test("again for free while nobody can tell whether a token is good", async () => {
    await world.stop();
    world = await HttpWorld.start({ JWKS_URL: `http://127.0.0.1:${unusedPort()}/keys` });
    expect(await statuses(20, from("192.0.2.1"))).toEqual(Array(20).fill(503));
  });

  test("questions with a good token or without one as often as it likes", async () => {
    expect(new Set(await statuses(30, from("192.0.2.1"), ask))).toEqual(new Set([426]));
    expect(new Set(await statuses(30, { "x-forwarded-for": "192.0.2.1" }, ask))).toEqual(new Set([401]));
  });

  test("what it likes behind a proxy that names nobody", async () => {
    expect(await statuses(30, { authorization: "Bearer x" })).toEqual(Array(30).fill(401));
  });
});

test("no token reaches a log or an answer", async () => {
  const secretive = await signToken({ sub: "planted-user", exp: 1 });
  const { body } = await upgrade({ authorization: `Bearer ${secretive}` });
  const [header, claims, signature] = secretive.split(".");
  for (const part of [header, claims, signature, "planted-user"])
    expect(JSON.stringify(world.logged) + body).not.toContain(part);
  expect(world.logged.at(-1)).toMatchObject({ event: "handshake.refused", fields: { code: "unauthorized" } });
});

describe("health", () => {
  const health = async () => {
    const { status, body } = await ask({}, "/health");
    return { status, checks: JSON.parse(body).checks };
  };

  test("says nothing of guests, nor of keys where there is a secret", async () => {
    expect(Object.keys((await health()).checks)).toEqual(["engine", "drain"]);
  });

  test("tells whether keys can be had, and is good without them", async () => {
    await world.stop();
    await using keyServer = new KeyServer();
    world = await HttpWorld.start({ JWKS_URL: keyServer.url });
    expect((await health()).checks.keys).toEqual({ isHealthy: false, ageMs: null });
    const key = await makeKey("EdDSA", "k1");
    keyServer.publish(key);
    expect((await ask({ authorization: `Bearer ${await key.sign()}` })).status).toBe(426);
    expect((await health()).checks.keys).toEqual({ isHealthy: true, ageMs: expect.any(Number) });
    keyServer.answer = () => new Response(null, { status: 500 });
    expect((await ask({ authorization: `Bearer ${await key.sign({}, { kid: "k2" })}` })).status).toBe(503);
    const after = await health();
    expect([after.status, after.checks.keys.isHealthy]).toEqual([200, false]);
  });
});

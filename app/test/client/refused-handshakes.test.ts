import { describe, expect, test } from "bun:test";
import type { ClientOptions } from "../../client/index.ts";
import { ClientWorld, nextEvent } from "../support/client-world.ts";
import { type Fault, plain429 } from "../support/fault-proxy/fault.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";

const withTokens = { JWT_SECRET: tokenSecret };
/** Addresses that are believed to be proxies' are not limited. */
const direct = { TRUSTED_PROXIES: "192.0.2.1" };
const alice = async () => ({ token: await signToken() });

describe("gives up at once", () => {
  const cases: [what: string, code: string, env: Record<string, string>, options: ClientOptions][] = [
    ["without a token where one is needed", "unauthorized", withTokens, {}],
    ["with a token that is none", "unauthorized", withTokens, { token: "a.b.c" }],
    ["with a token that no guest has", "unauthorized", {}, { token: "a.b.c" }],
    [
      "with a token that cannot be sent",
      "unreachable",
      withTokens,
      { token: "a b", reconnectAttemptsMax: 0 },
    ],
  ];
  test.each(cases)("%s: %s", async (_what, code, env, options) => {
    await using world = await ClientWorld.start(env);
    const client = world.client(options);
    const joined = client.room("room:a").join();
    const error = await nextEvent(client, "gaveUp");
    expect([error.code, client.state]).toEqual([code, "stopped"]);
    await expect(joined).rejects.toBe(error);
  });
});

describe("comes back later than it would by itself", () => {
  const limits: [code: string, env: Record<string, string>, fromMs: number][] = [
    ["connection_limit_ip", { MAX_CONNECTIONS_PER_IP: "1", ...direct }, 10_000],
    ["connection_limit_user", { MAX_CONNECTIONS_PER_USER: "1", ...withTokens }, 10_000],
    ["handshake_rate", { HANDSHAKES_PER_SECOND_PER_IP: "1", ...direct }, 1000],
    ["server_full", { MAX_CONNECTIONS: "1" }, 10_000],
  ];
  test.each(limits)("%s", async (code, env, fromMs) => {
    await using world = await ClientWorld.start(env);
    const options = env.JWT_SECRET === undefined ? {} : await alice();
    await nextEvent(world.client(options), "connected");
    const { error, delayMs } = await nextEvent(world.client(options), "reconnecting");
    expect(error).toMatchObject({ code, retryable: true });
    expect(delayMs).toBeGreaterThanOrEqual(fromMs);
    expect(delayMs).toBeLessThanOrEqual(fromMs + 20);
  });

  test("draining", async () => {
    await using world = await ClientWorld.start();
    world.server.hub.drain.sendAllAway(0);
    const { error, delayMs } = await nextEvent(world.client(), "reconnecting");
    expect(error?.code).toBe("draining");
    expect(delayMs).toBeGreaterThanOrEqual(1000);
  });

  const badGateway: Fault = {
    kind: "answer",
    text: "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 12\r\nConnection: close\r\n\r\n<h1>502</h1>",
  };
  const answers: [what: string, fault: Fault, code: string, fromMs: number][] = [
    ["a proxy's 429", plain429(7), "http_429", 7000],
    ["a proxy's page", badGateway, "http_502", 0],
  ];
  test.each(answers)("%s", async (_what, fault, code, fromMs) => {
    await using world = await ClientWorld.start();
    world.proxy.rule = ({ from, kind }) => (from === "client" && kind === "head" ? fault : null);
    const { error, delayMs } = await nextEvent(world.client(), "reconnecting");
    expect(error).toMatchObject({ code, retryable: true });
    expect(delayMs).toBeGreaterThanOrEqual(fromMs);
  });
});

test("asks why at most once for each attempt", async () => {
  await using world = await ClientWorld.start({ MAX_CONNECTIONS: "1" });
  await nextEvent(world.client(), "connected");
  const before = world.proxy.accepted;
  await nextEvent(world.client(), "reconnecting");
  expect(world.proxy.accepted - before).toBe(2);
});

test("an id that is another user's is given up for a new one", async () => {
  await using world = await ClientWorld.start(withTokens);
  const connectionId = "shared";
  await nextEvent(world.client({ connectionId, ...(await alice()) }), "connected");
  const bob = world.client({ connectionId, token: await signToken({ sub: "bob" }) });
  expect(await nextEvent(bob, "reconnecting")).toMatchObject({ error: { code: "session_taken" } });
  expect(await nextEvent(bob, "connected")).toMatchObject({ userId: "bob", connectionId: bob.connectionId });
  expect(bob.connectionId).not.toBe(connectionId);
});

test("gives up after as many attempts as it may make, and starts anew when told to", async () => {
  await using world = await ClientWorld.start();
  const attempts: number[] = [];
  world.proxy.rule = () => ({ kind: "cut", at: "before" });
  const client = world.client({ reconnectAttemptsMax: 2 });
  client.on("reconnecting", ({ attempt }) => attempts.push(attempt));
  expect(await nextEvent(client, "gaveUp")).toMatchObject({ code: "unreachable" });
  expect(attempts).toEqual([1, 2]);
  world.proxy.rule = () => null;
  client.connect();
  await nextEvent(client, "connected");
});

test("closing while the next attempt is waited for ends it, and what waits", async () => {
  await using world = await ClientWorld.start();
  world.proxy.rule = () => ({ kind: "cut", at: "before" });
  const client = world.client({ reconnectDelayMs: 60_000, reconnectDelayMaxMs: 60_000 });
  const joined = client.room("room:a").join();
  const asked = client.rooms();
  await nextEvent(client, "reconnecting");
  const accepted = world.proxy.accepted;
  client.close();
  await expect(joined).rejects.toMatchObject({ code: "closed" });
  await expect(asked).rejects.toMatchObject({ code: "closed" });
  expect([client.state, client.waiting, world.proxy.accepted]).toEqual(["stopped", 0, accepted]);
});

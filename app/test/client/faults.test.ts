import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { cutBefore, type FaultRule, nth, plain429 } from "../support/fault-proxy/fault.ts";
import { moments } from "../support/fault-proxy/moments.ts";
import { SdkWorld } from "../support/sdk-world.ts";
import { signToken, tokenSecret, toSeconds } from "../support/tokens.ts";
import { WsClient } from "../support/ws-client.ts";

/** They wait for timers of the client, and of a server that may have to share its machine. */
setDefaultTimeout(20_000);

const name = "room:faults";

test("a socket that is open but silent is replaced, and what was missed is told", async () => {
  await using world = await SdkWorld.start({ env: { HEARTBEAT_INTERVAL: "100" } });
  const room = world.client.room(name);
  const messages = room.events("message");
  const first = messages.next();
  await room.join();
  world.proxy.rule = ({ connection }) =>
    connection === 1 ? { kind: "stall", at: "before", isBoth: true } : null;
  const other = await WsClient.connect(`${world.serverUrl}/ws/chat/other`);
  await other.join(name);
  await other.ask("send_message", { room: name, content: "hello?" });
  expect((await first).value?.content).toBe("hello?");
  expect(world.reasons).toEqual(["silent"]);
});

test("a proxy's plain 429 is asked about once, and its Retry-After is kept to", async () => {
  const requests: string[] = [];
  const refuseTwo: FaultRule = (step) => {
    if (step.kind !== "head" || step.from !== "client") return null;
    requests.push(moments.request(step) ? "WebSocket" : "GET");
    return requests.length <= 2 ? plain429(1) : null;
  };
  await using world = await SdkWorld.start({ rule: refuseTwo });
  await world.client.room(name).join();
  expect(requests).toEqual(["WebSocket", "GET", "WebSocket"]);
  expect(world.reasons).toEqual(["http_429"]);
  expect(world.losses[0]?.delayMs).toBeGreaterThanOrEqual(1000);
});

test("a long replay that is cut in its middle goes on where it was", async () => {
  await using world = await SdkWorld.start({ env: { MESSAGES_PER_MINUTE: "0" } });
  const room = world.client.room(name);
  const seqs: number[] = [];
  room.on("message", ({ seq }) => seqs.push(seq));
  await room.join();
  world.proxy.rule = (step) => (moments.request(step) ? cutBefore : null);
  world.proxy.cutAll();
  const other = await WsClient.connect(`${world.serverUrl}/ws/chat/other`);
  await other.join(name);
  for (let count = 0; count < 700; count += 1)
    await other.ask("send_message", { room: name, content: "missed" });
  world.proxy.rule = nth(2, moments.joinAnswer, { kind: "cut", at: { bytes: 1000 } });
  await eventually("all that was missed", () => seqs.length >= 700);
  expect(seqs).toEqual(Array.from({ length: 700 }, (_, index) => index + 1));
  expect(world.client.counters).toMatchObject({ resumes: 1, resets: 0, holes: 0, duplicates: 0 });
});

describe("a token that expires", () => {
  const env = { JWT_SECRET: tokenSecret };
  const expiringIn = (seconds: number) => signToken({ exp: toSeconds(Date.now()) + seconds });

  /** One after the other. */
  function tokensInTurn(...tokens: Promise<string>[]): () => Promise<string> {
    return async () => tokens.shift() ?? expiringIn(-60);
  }

  test("is replaced on the same connection", async () => {
    const getToken = tokensInTurn(expiringIn(20), expiringIn(3600));
    await using world = await SdkWorld.start({ env, client: { getToken } });
    const refreshed: number[] = [];
    world.client.on("frame", ({ text }) => {
      if (text.includes("expiresAt")) refreshed.push(JSON.parse(text).payload.expiresAt);
    });
    await eventually("an answer to refresh_token", () => refreshed.length === 1);
    expect(refreshed[0]).toBeGreaterThan(Date.now() + 3_000_000);
    expect([world.reasons, world.proxy.accepted]).toEqual([[], 1]);
  });

  test("and cannot be replaced in time costs the connection, not the session", async () => {
    let getToken = () => expiringIn(3);
    await using world = await SdkWorld.start({ env, client: { getToken: () => getToken() } });
    await world.client.room(name).join();
    getToken = async () => {
      if (world.client.state === "connected") throw new Error("There is no token now.");
      return expiringIn(3600);
    };
    await eventually("the next connection", () => world.client.counters.reconnects === 1);
    expect(world.reasons).toEqual(["token_expired"]);
    expect((await world.client.room(name).send("still here")).seq).toBe(1);
  });

  test("and is refused from the beginning is replaced by a fresh one", async () => {
    const getToken = tokensInTurn(expiringIn(-60), expiringIn(3600));
    await using world = await SdkWorld.start({ env, client: { getToken } });
    await world.client.room(name).join();
    expect(world.reasons).toEqual(["unauthorized"]);
  });

  test("and is the only one there is ends the session", async () => {
    await using world = await SdkWorld.start({ env, client: { token: await expiringIn(-60) } });
    const gaveUp = new Promise((resolve) => world.client.on("gaveUp", ({ code }) => resolve(code)));
    expect(await gaveUp).toBe("unauthorized");
    expect(world.client.state).toBe("stopped");
  });
});

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { ApiClient } from "../support/api-client.ts";
import { ServerHome } from "../support/server-home.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { WsClient } from "../support/ws-client.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const room = "room:limits";

let home: ServerHome;
beforeAll(async () => {
  home = await ServerHome.create();
  await home.start({ env: { JWT_SECRET: tokenSecret, MESSAGES_PER_MINUTE: "6" } });
});
afterAll(() => home?.[Symbol.asyncDispose]());

async function connect(sub: string, claims: object = {}): Promise<WsClient> {
  const token = await signToken({ sub, ...claims });
  const client = await WsClient.connect(`${home.url}/ws/chat`, {
    protocols: ["holdline.v1", `bearer.${token}`],
  });
  await client.join(room);
  return client;
}

const limited = (scope: string) => home.metric(`websocket_rate_limited_total{scope="${scope}"}`);

test("a user's messages count together, over all sockets and REST, and other users' do not", async () => {
  const [phone, laptop, other] = [await connect("alice"), await connect("alice"), await connect("ben")];
  const api = await ApiClient.create(home.url, { sub: "alice" });
  const post = () => api.call("POST", `/rooms/${room}/messages`, { content: "x" });
  const send = async (client: WsClient) => (await client.ask("send_message", { room, content: "x" })).payload;
  for (const client of [phone, laptop]) for (let count = 0; count < 2; count += 1) await send(client);
  expect([(await post()).status, (await post()).status]).toEqual([201, 201]);
  for (const client of [phone, laptop])
    expect(await send(client)).toMatchObject({ code: "rate_limited", retryable: true });
  const refused = await post();
  expect([refused.status, refused.code]).toEqual([429, "rate_limited"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(refused.body.error.retryAfterMs).toBeLessThanOrEqual(10_000);
  expect(await send(other)).toMatchObject({ duplicate: false });
  expect(await limited("messages")).toBe(3);
});

test("a backend's messages have no limit, and it is told so", async () => {
  const backend = await connect("backend", { scope: "publish" });
  const greeting = await backend.event("connection_established");
  expect(greeting.payload.limits).toMatchObject({ messagesPerMinute: 0, commandsPerSecond: 50 });
  for (let count = 0; count < 20; count += 1)
    expect((await backend.ask("send_message", { room, content: "x" })).type).toBe("message_response");
});

test("reads over REST have a limit of their own", async () => {
  const api = await ApiClient.create(home.url, { sub: "reader" });
  const statuses = new Set<number>();
  const read = async () => statuses.add((await api.get("/blocks")).status);
  for (let round = 0; round < 50 && !statuses.has(429); round += 1)
    await Promise.all(Array.from({ length: 50 }, read));
  expect([...statuses].sort()).toEqual([200, 429]);
  expect(await limited("reads")).toBeGreaterThan(0);
  expect((await (await connect("reader")).ask("rooms", {})).type).toBe("message_response");
});

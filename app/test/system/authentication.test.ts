import { expect, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { KeyServer, makeKey } from "../support/key-server.ts";
import { ServerHome } from "../support/server-home.ts";
import { unusedPort } from "../support/spawned-server.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { WsClient } from "../support/ws-client.ts";

const connect = (home: ServerHome, token: string) =>
  WsClient.connect(`${home.url}/ws/chat/a`, { protocols: ["holdline.v1", `bearer.${token}`] });

const statusFor = async (home: ServerHome, token: string) => {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${home.url}/ws/chat/a`, { headers })).status;
};

test("in production a secret is enough, and nothing is said of guests", async () => {
  await using home = await ServerHome.create();
  const server = await home.start({ env: { NODE_ENV: "production", JWT_SECRET: tokenSecret } });
  const client = await connect(home, await signToken({ name: "Alice" }));
  expect((await client.event("connection_established")).payload).toMatchObject({ userName: "Alice" });
  await client.close();
  expect((await fetch(`${home.url}/ws/chat/a`)).status).toBe(401);
  const { output } = await server.stop();
  expect(output).not.toContain("guest");
  expect(output).not.toContain(tokenSecret);
});

test("a server that cannot reach the key server serves, says so once, and recovers", async () => {
  const key = await makeKey("EdDSA", "k1");
  const token = await key.sign();
  const port = unusedPort();
  await using home = await ServerHome.create();
  const JWKS_URL = `http://user:planted@127.0.0.1:${port}/keys`;
  const server = await home.start({ env: { JWKS_URL } });
  await eventually("a line", () => server.output.includes("the key server cannot be reached"));
  expect(await statusFor(home, token)).toBe(503);
  await using keyServer = new KeyServer(port);
  keyServer.publish(key);
  await eventually("the keys", async () => (await statusFor(home, token)) === 426, { withinMs: 15_000 });
  await (await connect(home, token)).close();
  const { output } = await server.stop();
  expect(output.split("the key server cannot be reached")).toHaveLength(2);
  expect(output).not.toContain("planted");
}, 30_000);

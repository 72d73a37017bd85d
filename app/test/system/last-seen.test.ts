import { expect, setDefaultTimeout, test } from "bun:test";
import { ApiClient } from "../support/api-client.ts";
import { ServerHome } from "../support/server-home.ts";
import { signToken, tokenSecret } from "../support/tokens.ts";
import { WsClient } from "../support/ws-client.ts";

// Processes start here, on machines that may be busy.
setDefaultTimeout(60_000);

const env = { JWT_SECRET: tokenSecret };

test("who was connected when a server stopped was seen until then, its successor knows", async () => {
  await using home = await ServerHome.create();
  const server = await home.start({ env });
  const api = await ApiClient.create(home.url, { scope: "publish" });
  const headers = { authorization: `Bearer ${await signToken({ sub: "ann" })}` };
  await WsClient.connect(`${home.url}/ws/chat/phone`, { headers });
  expect((await api.get("/users/ann")).body).toMatchObject({ online: true, connections: 1 });

  const stoppedAfter = Date.now();
  await server.stop();
  await home.start({ env });
  const { online, lastSeen } = (await api.get("/users/ann")).body;
  expect([online, lastSeen >= stoppedAfter, lastSeen <= Date.now()]).toEqual([false, true, true]);
  expect((await api.get("/users/ben")).body.lastSeen).toBeNull();
});

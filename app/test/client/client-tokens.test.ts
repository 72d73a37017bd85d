import { expect, test } from "bun:test";
import { ClientWorld, nextEvent } from "../support/client-world.ts";
import { signToken, tokenSecret, toSeconds } from "../support/tokens.ts";

const start = () => ClientWorld.start({ JWT_SECRET: tokenSecret });
const tokenFor = (seconds: number) => signToken({ exp: toSeconds(Date.now()) + seconds });

test("the user is whoever the token says", async () => {
  await using world = await start();
  const client = world.client({ token: await signToken({ name: "Alice" }) });
  expect(await nextEvent(client, "connected")).toMatchObject({ userId: "alice", userName: "Alice" });
});

test("a token that cannot be replaced ends with the connection", async () => {
  await using world = await start();
  const client = world.client({ token: await tokenFor(2) });
  await nextEvent(client, "connected");
  const lost = nextEvent(client, "reconnecting");
  expect(await nextEvent(client, "gaveUp")).toMatchObject({ code: "unauthorized" });
  expect((await lost).error).toMatchObject({ code: "token_expired" });
}, 10_000);

test("a token that cannot be had is asked for again", async () => {
  await using world = await start();
  let asked = 0;
  const getToken = async () => {
    asked += 1;
    if (asked < 3) throw new Error("not yet");
    return await tokenFor(3600);
  };
  const client = world.client({ getToken });
  expect(await nextEvent(client, "reconnecting")).toMatchObject({ error: { code: "no_token" } });
  await nextEvent(client, "connected");
  expect(asked).toBe(3);
});

test("closing while a token is waited for opens nothing", async () => {
  await using world = await start();
  const { promise, resolve } = Promise.withResolvers<string>();
  const client = world.client({ getToken: () => promise });
  await nextEvent(client, "state", ({ state }) => state === "connecting");
  client.close();
  resolve(await tokenFor(3600));
  await promise;
  await Bun.sleep(0);
  expect([client.state, world.proxy.accepted]).toEqual(["stopped", 0]);
});

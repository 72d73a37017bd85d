import { describe, expect, test } from "bun:test";
import { type Client, createClient } from "../../client/index.ts";
import { eventually } from "../support/eventually.ts";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { ServerHome } from "../support/server-home.ts";

describe.skipIf(!hasRedis)("servers that share a Redis (needs redis-server)", () => {
  test("are one server to those who chat, whichever they are connected to", async () => {
    await using redis = await RedisServer.start();
    await using blue = await ServerHome.create();
    await using green = await ServerHome.create();
    const env = { REDIS_URL: redis.url };
    const servers = await Promise.all([blue.start({ env }), green.start({ env })]);
    const [alice, bob] = servers.map(({ url }) => createClient({ url })) as [Client, Client];
    const [here, there] = [alice.room("room:both"), bob.room("room:both")];
    await Promise.all([here.join(), there.join()]);
    const heard = new Promise<string>((resolve) => there.on("message", ({ content }) => resolve(content)));
    const { seq } = await here.send("across");
    expect([seq, await heard]).toEqual([1, "across"]);
    expect((await there.history()).messages.map(({ content }) => content)).toEqual(["across"]);
    for (const client of [alice, bob]) client.close();
  });

  test("say how they are connected", async () => {
    await using redis = await RedisServer.start();
    await using home = await ServerHome.create();
    const { url } = await home.start({ env: { REDIS_URL: redis.url } });
    const answer = await fetch(`${url}/health/redis`);
    expect(await answer.json()).toMatchObject({
      publisherConnected: true,
      subscriberConnected: true,
      subscribedChannels: expect.any(Number),
    });
  });

  test("refuse to promise what Redis does not keep", async () => {
    await using redis = await RedisServer.start();
    await using home = await ServerHome.create();
    const server = await home.spawn({ env: { REDIS_URL: redis.url, REDIS_ACK: "aof" } });
    expect(await server.exited()).toBe(78);
  });

  test("warn who moves to an empty Redis and leaves a database behind", async () => {
    await using redis = await RedisServer.start();
    await using home = await ServerHome.create();
    const embedded = await home.start();
    await embedded.stop();
    const env = { REDIS_URL: redis.url };
    const first = await home.start({ env });
    await eventually("a warning", () => first.output.includes("bun run migrate"));
    await first.stop();
    const second = await home.start({ env });
    expect(second.output).not.toContain("bun run migrate");
  });
});

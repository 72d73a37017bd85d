import { describe, test } from "bun:test";
import { RedisConnections } from "../../src/engine/redis-connections.ts";
import { eventually } from "../support/eventually.ts";
import { PlayedSentinel } from "../support/played-sentinel.ts";
import { hasRedis, RedisServer } from "../support/redis-server.ts";

describe.skipIf(!hasRedis)("connections by way of a Sentinel (needs redis-server)", () => {
  test("come back where they are told of a switch while they ask for the master", async () => {
    await using redis = await RedisServer.start();
    using sentinel = new PlayedSentinel(redis.port);
    const connections = new RedisConnections(sentinel.url, "i1", { failed: () => {} });
    const areThere = () => Object.values(connections.status).every((isConnected) => isConnected);
    try {
      connections.start();
      await eventually(
        "both are there, and listen to the Sentinel",
        () => areThere() && sentinel.listeners === 2,
      );
      sentinel.tellsFirst = true;
      await redis.cut(":commands");
      await eventually("it asks, and is told", () => !sentinel.tellsFirst);
      await eventually("both are there again", areThere);
    } finally {
      connections.close();
    }
  });
});

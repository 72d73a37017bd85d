import { afterAll, beforeAll, describe, setDefaultTimeout } from "bun:test";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { instancesContract } from "./contract-instances.ts";
import { RedisInstancesStore } from "./redis-instances-store.ts";

/** A process that bun ends after a test that takes too long is missed by all that follow. */
setDefaultTimeout(30_000);

let server: RedisServer;

describe.skipIf(!hasRedis)("instances on Redis (needs redis-server)", () => {
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  instancesContract("redis", async () => new RedisInstancesStore(server));
});

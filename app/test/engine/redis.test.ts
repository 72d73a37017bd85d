import { afterAll, beforeAll, describe } from "bun:test";
import { Redis } from "ioredis";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { engineContract } from "./contract.ts";
import { RedisEngineStores } from "./redis-engine-stores.ts";

let server: RedisServer;
let admin: Redis;

describe.skipIf(!hasRedis)("the Redis engine (needs redis-server)", () => {
  beforeAll(async () => {
    server = await RedisServer.start();
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server[Symbol.asyncDispose]();
  });

  const stores = new RedisEngineStores(() => ({ url: server.url, redis: admin }));
  engineContract("redis", () => stores.make());
});

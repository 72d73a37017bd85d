import { afterAll, beforeAll, describe } from "bun:test";
import { Redis } from "ioredis";
import { openRedisEngine } from "../../src/engine/redis.ts";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import { engineContract } from "./contract.ts";
import type { EngineStore } from "./engine-world.ts";

let server: RedisServer;
let stores = 0;

async function makeStore(): Promise<EngineStore> {
  stores += 1;
  const prefix = `test-${stores}`;
  return {
    open: (retention) =>
      openRedisEngine({
        url: server.url,
        prefix,
        ack: "memory",
        instance: "i1",
        historyMessagesMax: 10_000,
        historyTtlMs: 0,
        ...retention,
      }),
    appendForeign: (room, kind, rest) => appendForeign(prefix, room, kind, rest),
    remove: async () => {},
  };
}

async function appendForeign(prefix: string, room: string, kind: string, rest: string): Promise<void> {
  const redis = new Redis(server.url);
  const of = `${prefix}:1:{${room.length}:${room}}:`;
  const seq = await redis.hincrby(`${of}meta`, "seq", 1);
  const entry = JSON.stringify({ v: 2, instance: "i9", socket: 0, commandId: null, rest });
  const fields = ["k", kind, "m", "no-message", "a", "u9", "t", Date.now(), "e", entry];
  await redis.xadd(`${of}log`, `${seq}-0`, ...fields);
  redis.disconnect();
}

describe.skipIf(!hasRedis)("the Redis engine (needs redis-server)", () => {
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  engineContract("redis", makeStore);
});

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Cluster } from "ioredis";
import { RedisClusterServers } from "../support/redis-cluster-servers.ts";
import { hasRedis } from "../support/redis-server.ts";
import { engineContract } from "./contract.ts";
import { instancesContract } from "./contract-instances.ts";
import { RedisEngineStores } from "./redis-engine-stores.ts";
import { RedisInstancesStore } from "./redis-instances-store.ts";

/** A process that bun ends after a test that takes too long is missed by all that follow. */
setDefaultTimeout(60_000);

let cluster: RedisClusterServers;
let admin: Cluster;

describe.skipIf(!hasRedis)("the Redis engine on a cluster (needs redis-server)", () => {
  beforeAll(async () => {
    cluster = await RedisClusterServers.start();
    admin = cluster.connect();
  });
  afterAll(async () => {
    admin.disconnect();
    await cluster[Symbol.asyncDispose]();
  });

  const stores = new RedisEngineStores(() => ({ url: cluster.url, redis: admin }));
  engineContract("a cluster", () => stores.make());
  instancesContract("a cluster", async () => new RedisInstancesStore(cluster));

  test("nothing of all that was about keys of two slots", async () => {
    const refusals = () => Promise.all(cluster.masters.map((server) => server.ask("INFO", "errorstats")));
    expect((await refusals()).join()).not.toContain("CROSSSLOT");
    await cluster.masters[0]?.ask("EVAL", "return 1", 2, "a", "b").catch(() => {});
    expect((await refusals()).join()).toContain("CROSSSLOT");
  });
});

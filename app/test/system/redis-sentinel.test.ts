import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { RedisLedger } from "../support/redis-ledger/redis-ledger.ts";
import { WatchedRedis } from "../support/redis-sentinel.ts";
import { hasRedis } from "../support/redis-server.ts";
import { ServerHome } from "../support/server-home.ts";

// Two servers, two Redis and a Sentinel start here, on machines that may be busy.
setDefaultTimeout(120_000);

const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** What the replica lacks then is lost, and reported. */
const faults: [name: string, happen: (redis: WatchedRedis, ledger: RedisLedger) => Promise<unknown>][] = [
  [
    "the master dies, and its replica takes over",
    async (redis) => {
      await redis.master.kill();
      await redis.tookOver();
    },
  ],
  [
    "the master is stopped until its replica has taken over, and wakes",
    async (redis, ledger) => {
      redis.master.freeze();
      await redis.tookOver();
      redis.master.thaw();
      await ledger.ackedMore(50);
    },
  ],
];

describe.skipIf(!hasRedis)("two servers on a Redis with a Sentinel (needs redis-server)", () => {
  test.each(faults)("%s", async (name, happen) => {
    await using redis = await WatchedRedis.start();
    await using blue = await ServerHome.create();
    await using green = await ServerHome.create();
    await Promise.all([blue, green].map((home) => home.start({ env: { REDIS_URL: redis.url } })));
    using ledger = new RedisLedger([blue.url, green.url], seed);
    try {
      await ledger.start(() => redis.copied());
      await ledger.ackedMore(200);
      await happen(redis, ledger);
      await ledger.eachAckedMore(20);
      await ledger.finish();
      expect(ledger.resetsOf(true)).toBe(0);
      console.log(
        `${name}: ${ledger.acked} acked, the slowest delivery ${Math.round(ledger.times.slowestMs)} ms`,
      );
    } catch (error) {
      console.error(`To run it again with the same choices: LEDGER_SEED=${seed}`);
      throw error;
    }
  });
});

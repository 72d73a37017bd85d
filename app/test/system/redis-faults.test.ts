import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { redisFaults } from "../support/redis-ledger/redis-faults.ts";
import { RedisLedger } from "../support/redis-ledger/redis-ledger.ts";
import { hasRedis } from "../support/redis-server.ts";
import { ServersOnRedis } from "../support/servers-on-redis.ts";

// Three servers and a Redis start here, on machines that may be busy.
setDefaultTimeout(90_000);

const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 32));

describe.skipIf(!hasRedis)("three servers on a Redis (needs redis-server)", () => {
  test.each(redisFaults.map((fault) => [fault.name, fault] as const))("%s", async (name, fault) => {
    await using all = await ServersOnRedis.start({ servers: 3, redis: fault.redis ?? [] });
    using ledger = new RedisLedger(all.urls, seed);
    try {
      await ledger.start(() => fault.prepare?.(all));
      await ledger.ackedMore(200);
      await fault.happen(all, ledger);
      await ledger.eachAckedMore(20);
      await ledger.finish();
      expect([ledger.resetsOf(false) > 0, ledger.resetsOf(true)]).toEqual([fault.isLossy === true, 0]);
      console.log(
        `${name}: ${ledger.acked} acked, the slowest delivery ${Math.round(ledger.times.slowestMs)} ms`,
      );
    } catch (error) {
      console.error(`To run it again with the same choices: LEDGER_SEED=${seed}`);
      throw error;
    }
  });
});

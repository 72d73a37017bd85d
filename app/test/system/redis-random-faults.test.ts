import { describe, expect, test } from "bun:test";
import { durable, type RedisFault, redisFaults } from "../support/redis-ledger/redis-faults.ts";
import { RedisLedger } from "../support/redis-ledger/redis-ledger.ts";
import { hasRedis } from "../support/redis-server.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { ServersOnRedis } from "../support/servers-on-redis.ts";

/** Two minutes with `scripts/test.sh --all`; ten before a release. */
const seconds = Number(process.env.FAULT_SECONDS ?? 15);
const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 32));
/** Three servers and a Redis start, and the last fault may last. */
const aroundMs = 120_000;
/** So much is written in that time that one replay still holds it. */
const roundMsMax = 15_000;

const pastSnapshot: RedisFault = {
  name: "Redis comes back from a snapshot of this moment, while they go on",
  isLossy: true,
  happen: async ({ redis }, ledger) => {
    await redis.snapshot();
    await ledger.ackedMore(50);
    await redis.restore();
  },
};
const faults = [...redisFaults.filter(({ prepare }) => prepare === undefined), pastSnapshot];

/** Answers how many were acked, and the slowest delivery in ms. */
async function play(random: SeededRandom, roundMs: number, happened: string[]): Promise<[number, number]> {
  await using all = await ServersOnRedis.start({ servers: 3, redis: durable });
  using ledger = new RedisLedger(all.urls, random.below(2 ** 32));
  await ledger.start();
  const first = happened.length;
  for (const endsAt = performance.now() + roundMs; performance.now() < endsAt; ) {
    const [fault] = random.sample(faults, 1) as [RedisFault];
    happened.push(fault.name);
    await fault.happen(all, ledger);
    all.proxy.loses = () => false;
    await ledger.eachAckedMore(5);
  }
  await ledger.finish();
  // An epoch that began after the snapshot is unknown to it, and so void also where no event is lost.
  const isAnythingLost = happened.includes(pastSnapshot.name, first);
  if (!isAnythingLost) expect([ledger.resetsOf(false), ledger.resetsOf(true)]).toEqual([0, 0]);
  return [ledger.acked, ledger.times.slowestMs];
}

describe.skipIf(!hasRedis)("three servers on a Redis (needs redis-server)", () => {
  test(
    `one fault after another, for ${seconds} s (FAULT_SECONDS, LEDGER_SEED=${seed})`,
    async () => {
      const random = new SeededRandom(seed);
      const happened: string[] = [];
      let [acked, slowestMs] = [0, 0];
      for (const endsAt = performance.now() + seconds * 1000; performance.now() < endsAt; ) {
        const leftMs = endsAt - performance.now();
        const [more, ms] = await play(random, Math.min(roundMsMax, leftMs), happened);
        acked += more;
        slowestMs = Math.max(slowestMs, ms);
      }
      console.log(
        `${acked} acked, the slowest delivery ${Math.round(slowestMs)} ms, after ${happened.join(", ")}`,
      );
    },
    seconds * 1000 + aroundMs,
  );
});

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { RedisLedger } from "../support/redis-ledger/redis-ledger.ts";
import { hasRedis, type RedisServer } from "../support/redis-server.ts";
import { ServersOnCluster } from "../support/servers-on-cluster.ts";

// Two servers and four Redis start here, on machines that may be busy.
setDefaultTimeout(120_000);

const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 32));
const rooms = ["room:busy-0", "room:busy-1", "room:busy-2", "room:quiet", "control", "instances"];

const metaOf = (log: string): string =>
  log === "instances" ? "holdline:1:{instances}:leases" : `holdline:1:{${log.length}:${log}}:meta`;

interface Fault {
  readonly name: string;
  readonly redis?: readonly string[];
  happen(all: ServersOnCluster, ledger: RedisLedger): Promise<unknown>;
  /** Whether a replica may lack something, which is reported. */
  readonly mayLose: boolean;
}

const faults: readonly Fault[] = [
  {
    name: "all that is in use moves to the next node",
    mayLose: false,
    happen: async ({ cluster }, ledger) => {
      for (const log of rooms) {
        const from = await cluster.masterOf(metaOf(log));
        const to = cluster.masters[(cluster.masters.indexOf(from) + 1) % 3] as RedisServer;
        await cluster.move(await cluster.slotOf(metaOf(log)), from, to);
        await ledger.ackedMore(20);
      }
    },
  },
  {
    name: "a master dies, and its replica takes over",
    mayLose: true,
    happen: async ({ cluster }) => {
      await cluster.masters[2]?.kill();
      await cluster.tookOver();
    },
  },
  {
    name: "a master is stopped until its replica has taken over, and wakes",
    mayLose: true,
    happen: async ({ cluster }, ledger) => {
      cluster.masters[2]?.freeze();
      await cluster.tookOver();
      cluster.masters[2]?.thaw();
      await ledger.ackedMore(50);
    },
  },
  {
    name: "a master hands over to its replica, and takes back",
    mayLose: false,
    happen: async ({ cluster }, ledger) => {
      await cluster.handOver(cluster.replica);
      await ledger.eachAckedMore(20);
      await cluster.handOver(cluster.masters[2] as RedisServer);
    },
  },
  {
    name: "the nodes without a replica are killed one after the other, and come back with all",
    mayLose: false,
    redis: ["--appendonly", "yes", "--appendfsync", "always"],
    happen: async ({ cluster }, ledger) => {
      for (const master of cluster.masters.slice(0, 2)) {
        await master.kill();
        await Bun.sleep(500);
        await master.start();
        await ledger.eachAckedMore(5);
      }
    },
  },
  {
    name: "the subscribers of all nodes are cut, five times",
    mayLose: false,
    happen: async ({ cluster }, ledger) => {
      for (let times = 0; times < 5; times += 1) {
        for (const master of cluster.masters) await master.cut(":subscriber");
        await ledger.ackedMore(50);
      }
    },
  },
  {
    name: "a server is killed",
    mayLose: false,
    happen: async (all) => {
      await all.killServer(0);
      await all.startServer(0);
    },
  },
];

describe.skipIf(!hasRedis)("two servers on a cluster (needs redis-server)", () => {
  test.each(faults.map((fault) => [fault.name, fault] as const))("%s", async (name, fault) => {
    await using all = await ServersOnCluster.start(2, fault.redis);
    using ledger = new RedisLedger(all.urls, seed);
    try {
      await ledger.start();
      await ledger.ackedMore(200);
      await fault.happen(all, ledger);
      await ledger.eachAckedMore(20);
      await ledger.finish();
      expect([ledger.resetsOf(false) > 0 && !fault.mayLose, ledger.resetsOf(true)]).toEqual([false, 0]);
      console.log(
        `${name}: ${ledger.acked} acked, the slowest delivery ${Math.round(ledger.times.slowestMs)} ms`,
      );
    } catch (error) {
      console.error(`To run it again with the same choices: LEDGER_SEED=${seed}`);
      throw error;
    }
  });
});

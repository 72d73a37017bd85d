import { expect } from "bun:test";
import type { ServersOnRedis } from "../servers-on-redis.ts";
import type { RedisLedger } from "./redis-ledger.ts";

/** Something that goes wrong between servers and their Redis, and comes right again. */
export interface RedisFault {
  readonly name: string;
  readonly redis?: readonly string[];
  /** Before anybody writes to the busy rooms. */
  prepare?(servers: ServersOnRedis): Promise<void>;
  happen(servers: ServersOnRedis, ledger: RedisLedger): Promise<unknown>;
  /** Whether something is lost, and reported. */
  readonly isLossy?: boolean;
}

/** Redis keeps what it has acked. */
export const durable = ["--appendonly", "yes", "--appendfsync", "always"];

export const redisFaults: readonly RedisFault[] = [
  {
    name: "an instance is killed under load",
    happen: async (all) => {
      await all.servers[0]?.kill();
      await Bun.sleep(500);
      await all.startServer(0);
    },
  },
  {
    name: "an instance is stopped for 8 s, and wakes",
    happen: async (all, ledger) => {
      all.servers[0]?.signal("SIGSTOP");
      await Bun.sleep(8000);
      all.servers[0]?.signal("SIGCONT");
      await ledger.ackedMore(10);
    },
  },
  {
    name: "Redis is killed, and comes back with all",
    redis: durable,
    happen: async ({ redis }) => {
      await redis.kill();
      await Bun.sleep(500);
      await redis.start();
    },
  },
  {
    name: "Redis comes back from an older snapshot",
    happen: ({ redis }) => redis.restore(),
    prepare: ({ redis }) => redis.snapshot(),
    isLossy: true,
  },
  {
    name: "the subscribers are cut, five times",
    happen: async ({ redis }, ledger) => {
      for (let times = 0; times < 5; times += 1) {
        await redis.cut(":subscriber");
        await ledger.ackedMore(50);
      }
    },
  },
  {
    name: "the bus loses every 10th message",
    happen: async ({ proxy }, ledger) => {
      proxy.loses = (message) => message % 10 === 0;
      await ledger.ackedMore(500);
      expect(proxy.lost).toBeGreaterThan(50);
    },
  },
  {
    name: "Redis is paused for 3 s",
    happen: async ({ redis }) => {
      await redis.ask("CLIENT", "PAUSE", 3000, "ALL");
      await Bun.sleep(3000);
    },
  },
  {
    name: "Redis is full for a while",
    happen: async ({ redis }) => {
      await redis.ask("CONFIG", "SET", "maxmemory", "1mb");
      await Bun.sleep(1000);
      await redis.ask("CONFIG", "SET", "maxmemory", "0");
    },
  },
  {
    name: "Redis forgets the scripts, again and again",
    happen: async ({ redis }, ledger) => {
      for (let times = 0; times < 50; times += 1) {
        await redis.ask("SCRIPT", "FLUSH");
        await ledger.ackedMore(5);
      }
    },
  },
  { name: "all connections to Redis are cut", happen: async ({ proxy }) => proxy.cut() },
];

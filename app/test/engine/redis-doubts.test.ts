import { describe, expect, test } from "bun:test";
import type { PresenceNews } from "../../src/engine/instance-news.ts";
import { RedisKeys } from "../../src/engine/keys.ts";
import type { RedisLeases } from "../../src/engine/redis-leases.ts";
import { RedisPresence } from "../../src/engine/redis-presence.ts";
import { RedisPresenceReader } from "../../src/engine/redis-presence-reader.ts";
import type { RedisScripts } from "../../src/engine/redis-scripts.ts";
import { RedisSessions } from "../../src/engine/redis-sessions.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { claim, no, userOf } from "./instances-world.ts";

const room = "room:x";
const keys = new RedisKeys("test");

/** A Redis that answers nothing, or what it is told to. */
function around(answer: () => Promise<unknown> = () => Promise.reject(new Error("away"))) {
  let renounced = 0;
  const leases: Partial<RedisLeases> = {
    current: "L1",
    lives: [],
    own: [],
    renewed: async () => "L1",
    isOwn: () => false,
    heard: () => {},
    renounce: () => {
      renounced += 1;
    },
  };
  const scripts: Partial<RedisScripts> = { run: answer, call: answer };
  return {
    keys,
    leases: leases as RedisLeases,
    scripts: scripts as RedisScripts,
    clock: new ManualClock(),
    instance: "a",
    move: async () => true,
    tellCount: () => {},
    lost: () => {},
    failed: () => {},
    renounced: () => renounced,
  };
}

describe("where more is in doubt than may be, the lease is given up, and everything said again:", () => {
  test("of sessions", async () => {
    const redis = around();
    const sessions = new RedisSessions(redis, 2);
    for (const id of ["s", "t", "s"]) expect(await sessions.claim(claim(id))).toEqual(no("unavailable"));
    expect([redis.renounced(), sessions.isEmpty]).toEqual([0, false]);
    await sessions.claim(claim("u"));
    expect([redis.renounced(), sessions.isEmpty]).toEqual([1, true]);
  });

  test("of users", async () => {
    const redis = around();
    const presence = new RedisPresence(redis, 2);
    const leave = async (id: string) => {
      presence.set(room, userOf(id), null);
      await Bun.sleep(0);
    };
    for (const id of ["ann", "ben"]) await leave(id);
    expect([redis.renounced(), presence.isEmpty]).toEqual([0, false]);
    await leave("cy");
    expect([redis.renounced(), presence.isEmpty]).toEqual([1, true]);
  });
});

describe("news that come while a room is read", () => {
  const news = (version: number): PresenceNews => ({
    kind: "presence",
    version,
    lease: "L2",
    said: [{ user: userOf(`u${version}`), sessions: 1 }],
  });

  function reading(heldMax?: number) {
    const reads: ((version: number) => void)[] = [];
    const told: string[] = [];
    const answer = () =>
      new Promise<unknown>((resolve) =>
        reads.push((version) => resolve([version, "L2", '[1,"r","R",null]'])),
      );
    const listener = {
      presenceChanged: (_room: string, { user }: { user: { id: string } }) => told.push(user.id),
      presenceRead: () => told.push("read"),
    };
    const reader = new RedisPresenceReader(around(answer), () => listener as never, heldMax);
    return { reader, reads, told };
  }

  test("are told before who reads is answered, as far as they are newer", async () => {
    const { reader, reads, told } = reading();
    const read = reader.read(room, true).then(() => told.push("answer"));
    for (const version of [4, 5, 6]) reader.heard(room, news(version));
    expect(told).toEqual([]);
    reads[0]?.(5);
    await read;
    expect(told).toEqual(["u6", "answer"]);
    reader.heard(room, news(6));
    reader.heard(room, news(7));
    expect(told).toEqual(["u6", "answer", "u7"]);
  });

  test("by two are told from the older answer on", async () => {
    const { reader, reads, told } = reading();
    const both = [reader.read(room, true), reader.read(room, true)];
    for (const version of [4, 5, 6]) reader.heard(room, news(version));
    reads[1]?.(5);
    reads[0]?.(4);
    await Promise.all(both);
    expect(told).toEqual(["u5", "u6"]);
  });

  test("are of no interest once nobody follows the room", async () => {
    const { reader, reads, told } = reading();
    const read = reader.read(room, true);
    reader.heard(room, news(6));
    reader.unfollow(room);
    reads[0]?.(5);
    await read;
    expect(told).toEqual([]);
  });

  test("and are too many are read instead", async () => {
    const { reader, reads, told } = reading(2);
    const read = reader.read(room, true);
    for (const version of [6, 7, 8, 9]) reader.heard(room, news(version));
    reads[0]?.(5);
    await read;
    expect(told).toEqual(["u6", "u7"]);
    void reader.poll().catch(() => {});
    reads[1]?.(9);
    await Bun.sleep(0);
    expect(told).toEqual(["u6", "u7", "read"]);
    reader.heard(room, news(10));
    expect(told.at(-1)).toBe("u10");
  });
});

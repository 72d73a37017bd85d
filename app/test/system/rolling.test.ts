import { expect, test } from "bun:test";
import { hasProxy, type ProxyName } from "../support/load-balancer.ts";
import { hasRedis } from "../support/redis-server.ts";
import { type Replacement, RollingWorld } from "../support/rolling-world.ts";

const seed = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 2 ** 32));
const proxies: readonly ProxyName[] = ["nginx", "haproxy"];
const canRoll = hasRedis && proxies.every(hasProxy);
const replacements: readonly Replacement[] = [
  "by SIGTERM alone",
  "by control drain, then SIGTERM",
  "by control drain, then SIGTERM",
];

test.skipIf(!canRoll)(
  "three instances behind nginx and HAProxy are replaced one by one, and nobody misses anything (needs nginx, haproxy and redis-server)",
  async () => {
    await using world = await RollingWorld.start(proxies, seed);
    for (const how of replacements) expect(await world.replaceBusiest(how)).toBe(0);
    await world.presenceGrace();
    expect([world.presenceEvents, world.interrupted]).toEqual([0, []]);
    const { movers, stayers } = world;
    expect(movers.filter(({ client }) => client.counters.handovers === 0)).toEqual([]);
    expect(stayers.filter(({ client }) => client.counters.reconnects === 0)).toEqual([]);
    expect([...world.graces]).toEqual([4000]);
    await world.finish();
    expect([world.sdk.sum("resets"), world.sdk.sum("holes")]).toEqual([0, 0]);
    expect([world.plain.resetsOf(true), world.plain.resetsOf(false)]).toEqual([0, 0]);
  },
  180_000,
);

import { describe, expect, test } from "bun:test";
import type { ReadRedisFigures } from "../../src/telemetry/store-metrics.ts";
import { hasRedis } from "../support/redis-server.ts";
import { RedisWorld } from "./redis-world.ts";

const always = ["--appendonly", "yes", "--appendfsync", "always"];

async function openWithFigures(world: RedisWorld, ack: "memory" | "aof"): Promise<ReadRedisFigures> {
  let figures: ReadRedisFigures = async () => null;
  await world.open("a", {
    ack,
    onFigures: (read) => {
      figures = read;
    },
  });
  return figures;
}

describe.skipIf(!hasRedis)("what Redis says of itself (needs redis-server)", () => {
  test("is read from Redis", async () => {
    await using world = await RedisWorld.start("--maxmemory", "100mb");
    const read = await openWithFigures(world, "memory");
    const before = await read();
    await world.server.ask("SET", "k", "x".repeat(100_000));
    const after = await read();
    expect(before).toMatchObject({ memoryMaxBytes: 104_857_600, keysEvicted: 0, isDurable: null });
    expect(before?.clients).toBeGreaterThanOrEqual(2);
    expect(before?.uptimeSeconds).toBeGreaterThanOrEqual(0);
    expect(after?.memoryUsedBytes).toBeGreaterThan((before?.memoryUsedBytes ?? 0) + 50_000);
    expect(after?.commandsProcessed).toBeGreaterThan(before?.commandsProcessed ?? 0);
  });

  test.each([
    ["appendfsync", "everysec"],
    ["appendonly", "no"],
  ])("no longer promises durability with %s %s", async (name, value) => {
    await using world = await RedisWorld.start(...always);
    const read = await openWithFigures(world, "aof");
    expect(await read()).toMatchObject({ isDurable: true });
    await world.server.ask("CONFIG", "SET", name, value);
    expect(await read()).toMatchObject({ isDurable: false });
  });

  test.each(["kill", "freeze"] as const)("is nothing after %s", async (end) => {
    await using world = await RedisWorld.start();
    const read = await openWithFigures(world, "memory");
    await world.server[end]();
    const askedAt = performance.now();
    expect(await read()).toBeNull();
    expect(performance.now() - askedAt).toBeLessThan(2500);
  });
});

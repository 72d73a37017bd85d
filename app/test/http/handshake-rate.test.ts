import { beforeEach, describe, expect, test } from "bun:test";
import { HandshakeRate } from "../../src/http/handshake-rate.ts";
import { ManualClock } from "../support/manual-clock.ts";

let clock: ManualClock;
let rate: HandshakeRate;
beforeEach(() => {
  clock = new ManualClock();
  rate = new HandshakeRate(clock, 20);
});

function taken(address: string): number {
  let count = 0;
  while (rate.take(address) === 0) count += 1;
  return count;
}

test("an address may try as often at once as in a second, and then evenly", () => {
  expect(taken("192.0.2.1")).toBe(20);
  expect([rate.waitMs("192.0.2.1"), rate.waitMs("192.0.2.2")]).toEqual([50, 0]);
  clock.advance(100);
  expect(taken("192.0.2.1")).toBe(2);
});

test("asking costs nothing", () => {
  for (let index = 0; index < 50; index += 1) rate.waitMs("192.0.2.1");
  expect(taken("192.0.2.1")).toBe(20);
});

describe("a token that is refused costs five", () => {
  test("where nothing was paid", () => {
    rate.note("192.0.2.1");
    expect(taken("192.0.2.1")).toBe(15);
  });

  test("the handshake included", () => {
    rate.take("192.0.2.1");
    rate.note("192.0.2.1", 1);
    expect(taken("192.0.2.1")).toBe(15);
  });

  test("or all that is there", () => {
    rate = new HandshakeRate(clock, 3);
    rate.note("192.0.2.1");
    expect(rate.waitMs("192.0.2.1")).toBe(333);
  });
});

test.each([
  ["no rate", 0, "192.0.2.1"],
  ["no address", 1, null],
])("with %s there is no limit", (_what, perSecond, address) => {
  rate = new HandshakeRate(clock, perSecond);
  rate.note(address);
  const waits = Array.from({ length: 10 }, () => rate.take(address) + rate.waitMs(address));
  expect(waits).toEqual(Array(10).fill(0));
});

test("addresses beyond the bound are forgotten, the oldest first", () => {
  rate.note("192.0.2.1");
  rate = new HandshakeRate(clock, 1);
  rate.take("192.0.2.1");
  for (let index = 0; index < 65_537; index += 1) rate.take(String(index));
  expect([rate.waitMs("192.0.2.1"), rate.waitMs("65536")]).toEqual([0, 1000]);
});

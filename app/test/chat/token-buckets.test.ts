import { describe, expect, test } from "bun:test";
import { TokenBuckets, type TokenBucketsOptions } from "../../src/chat/token-buckets.ts";
import { ManualClock } from "../support/manual-clock.ts";

function standalone(options: Partial<TokenBucketsOptions> = {}) {
  const clock = new ManualClock();
  const buckets = new TokenBuckets(clock, { capacity: 3, perSecond: 2, keysMax: 100, ...options });
  const empty = (key: string) => buckets.charge(key, 1000);
  return { clock, buckets, empty };
}

describe("a bucket", () => {
  test("gives its capacity at once, and then says how long the next token takes", () => {
    const { buckets } = standalone();
    expect([1, 2, 3, 4, 5].map(() => buckets.take("a"))).toEqual([0, 0, 0, 500, 500]);
  });

  test("has what it promised exactly when it promised it", () => {
    const { clock, buckets, empty } = standalone();
    empty("a");
    clock.advance(499);
    expect(buckets.take("a")).toBe(1);
    clock.advance(1);
    expect([buckets.take("a"), buckets.take("a")]).toEqual([0, 500]);
  });

  test("never holds more than its capacity", () => {
    const { clock, buckets } = standalone();
    buckets.take("a");
    clock.advance(3_600_000);
    expect([1, 2, 3, 4].map(() => buckets.take("a"))).toEqual([0, 0, 0, 500]);
  });

  test("is its key's own", () => {
    const { buckets, empty } = standalone();
    empty("a");
    expect([buckets.take("a"), buckets.take("b")]).toEqual([500, 0]);
  });

  test.each([
    [1, 500],
    [2, 1000],
    [3, 1500],
    [1000, 1500],
  ])("has %d tokens after %d ms; more than all of it is never asked for", (tokens, waitMs) => {
    const { clock, buckets, empty } = standalone();
    empty("a");
    expect(buckets.has("a", tokens)).toBe(waitMs);
    expect(buckets.take("a", tokens)).toBe(waitMs);
    clock.advance(waitMs);
    expect([buckets.has("a", tokens), buckets.has("a", tokens)]).toEqual([0, 0]);
    expect([buckets.take("a", tokens), buckets.take("a")]).toEqual([0, 500]);
  });

  test("is charged what it has, and owes nothing", () => {
    const { clock, buckets } = standalone();
    buckets.charge("a", 1);
    expect(buckets.has("a", 2)).toBe(0);
    buckets.charge("a", 5);
    buckets.charge("a", 5);
    clock.advance(500);
    expect(buckets.take("a")).toBe(0);
  });

  test.each([
    [7, 7 / 60],
    [60, 1],
    [49, 49 / 60],
    [1009, 1009 / 60],
  ])("of %d gives all of them, however uneven the rate", (capacity, perSecond) => {
    const { clock, buckets } = standalone({ capacity, perSecond });
    clock.advance(0.1);
    const taken = Array.from({ length: capacity }, () => buckets.take("a"));
    expect(taken.every((waitMs) => waitMs === 0)).toBe(true);
    const waitMs = buckets.take("a");
    expect(waitMs).toBe(Math.round(1000 / perSecond));
    clock.advance(waitMs);
    expect(buckets.take("a")).toBe(0);
  });
});

describe("many keys", () => {
  test("cost a bounded memory: those left untouched for longest start anew", () => {
    const { buckets, empty } = standalone({ keysMax: 10, perSecond: 0.001 });
    for (let key = 0; key < 27; key += 1) empty(`k${key}`);
    const remembered = Array.from({ length: 27 }, (_, key) => buckets.has(`k${key}`) > 0);
    expect(remembered.slice(0, 17)).toEqual(new Array(17).fill(false));
    expect(remembered.slice(-5)).toEqual(new Array(5).fill(true));
  });

  test("do not free one that is refused all the while", () => {
    const { buckets, empty } = standalone({ keysMax: 10, perSecond: 0.001 });
    empty("a");
    for (let key = 0; key < 100; key += 1) {
      empty(`k${key}`);
      expect(buckets.take("a")).toBeGreaterThan(0);
    }
  });
});

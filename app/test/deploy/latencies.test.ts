import { expect, test } from "bun:test";
import { Latencies } from "../../deploy/latencies.ts";

const of = (...times: number[]) => {
  const latencies = new Latencies();
  for (const ms of times) latencies.add(ms);
  return latencies;
};

test("quantiles are of the times that there were", () => {
  const hundred = of(...Array.from({ length: 100 }, (_, index) => index + 1));
  expect([0.5, 0.95, 0.99, 1].map((share) => hundred.quantile(share))).toEqual([50, 95, 99, 100]);
  expect([of().quantile(0.99), of(7.4).quantile(0.99), of(0, 0, 3).quantile(0.5)]).toEqual([0, 7, 0]);
});

test("what takes longer than anybody counts is the longest", () => {
  expect([of(1, 12_345, 20_000).quantile(0.99), of(12_345).maxMs]).toEqual([20_000, 12_345]);
});

test("counts what is over a limit, not what meets it", () => {
  expect(of(999, 1000, 1001, 50_000).over(1000)).toBe(2);
});

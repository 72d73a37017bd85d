import { expect, test } from "bun:test";
import { Latencies } from "../../deploy/latencies.ts";

const latenciesOf = (...times: number[]) => {
  const latencies = new Latencies();
  for (const ms of times) latencies.add(ms);
  return latencies;
};

test("gives quantiles to a quarter of a millisecond, in whatever order the times came", () => {
  const hundred = latenciesOf(...Array.from({ length: 100 }, (_, index) => 100.1 - index));
  expect([0.5, 0.95, 0.99, 1].map((share) => hundred.quantile(share))).toEqual([50, 95, 99, 100]);
  expect([latenciesOf(7.4).quantile(0.99), latenciesOf(0, 0, 3).quantile(0.5)]).toEqual([7.5, 0]);
});

test("keeps what is out of its range at the ends", () => {
  const latencies = latenciesOf(-3, 10_000_000);
  expect([latencies.quantile(0.5), latencies.quantile(1)]).toEqual([0, 30_000]);
});

test("counts what is over a limit, not what meets it", () => {
  expect(latenciesOf(999, 1000, 1000.25, 50_000).over(1000)).toBe(2);
});

test("adds up what another process has written", () => {
  const latencies = latenciesOf(1, 2);
  latencies.addAll(JSON.parse(JSON.stringify(latenciesOf(2, 3))));
  expect([latencies.count, latencies.quantile(0.75), latencies.quantile(1)]).toEqual([4, 2, 3]);
});

test("has nothing to tell of nothing", () => {
  expect(new Latencies().quantile(0.99)).toBe(0);
});

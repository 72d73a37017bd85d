import { expect, test } from "bun:test";
import { Latencies } from "../../../bench/deploy-load/latencies.ts";

function latenciesOf(...values: number[]): Latencies {
  const latencies = new Latencies();
  for (const ms of values) latencies.add(ms);
  return latencies;
}

test("gives quantiles to a quarter of a millisecond", () => {
  const latencies = latenciesOf(...Array.from({ length: 100 }, (_, ms) => ms + 1.1));
  expect([latencies.quantile(0.5), latencies.quantile(0.99), latencies.quantile(1)]).toEqual([50, 99, 100]);
});

test("keeps what is out of its range at the ends", () => {
  const latencies = latenciesOf(-3, 10_000_000);
  expect([latencies.quantile(0.5), latencies.quantile(1)]).toEqual([0, 30_000]);
});

test("adds up what another process has written", () => {
  const latencies = latenciesOf(1, 2);
  latencies.addAll(JSON.parse(JSON.stringify(latenciesOf(2, 3))));
  expect([latencies.count, latencies.quantile(0.75)]).toEqual([4, 2]);
});

test("has nothing to tell of nothing", () => {
  expect(new Latencies().quantile(0.99)).toBe(0);
});

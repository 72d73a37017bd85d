import { expect, test } from "bun:test";
import type { MetricsDump } from "../../src/telemetry/merge-metrics.ts";
import { GroupMetrics } from "../../src/workers/group-metrics.ts";
import type { Worker } from "../../src/workers/worker.ts";
import { samplesOf } from "../telemetry/exposition.ts";

const counted = (count: number): MetricsDump => [
  { name: "frames", help: "h", type: "counter", aggregator: "sum", values: [{ value: count, labels: {} }] },
  { name: "sockets", help: "h", type: "gauge", aggregator: "sum", values: [{ value: count, labels: {} }] },
];

/** As far as metrics go, a worker is what it said last. */
const workerWith = (count: number) => ({ dump: counted(count) }) as Worker;

async function read(group: GroupMetrics, workers: Worker[], answered: Worker[] = workers) {
  const samples = samplesOf(await group.text([], workers, new Set(answered)));
  return [samples.get("frames"), samples.get("sockets")];
}

test("of who did not answer, counts stay as they were, and gauges are left out", async () => {
  const [here, silent] = [workerWith(1), workerWith(10)];
  expect(await read(new GroupMetrics(), [here, silent], [here])).toEqual([11, 1]);
});

test("counts of who is gone stay, once, also if it goes while others are asked", async () => {
  const group = new GroupMetrics();
  const [here, gone] = [workerWith(1), workerWith(10)];
  group.gone(gone);
  expect(await read(group, [here, gone])).toEqual([11, 1]);
  expect(await read(group, [here])).toEqual([11, 1]);
});

test("counts of hundreds that are gone are kept as one", async () => {
  const group = new GroupMetrics();
  for (let count = 1; count <= 300; count += 1) {
    group.gone(workerWith(1));
    if (count % 50 === 0) expect(await read(group, [])).toEqual([count, undefined]);
  }
});

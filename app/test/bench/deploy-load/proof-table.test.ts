import { expect, test } from "bun:test";
import type { Proof, ProofOptions } from "../../../bench/deploy-load/proof.ts";
import { proofTable } from "../../../bench/deploy-load/proof-table.ts";
import { newTally } from "../../../bench/deploy-load/tally.ts";
import { Timeline } from "../../../bench/deploy-load/timeline.ts";
import type { LatencyRow } from "../../../bench/deploy-load/verdict.ts";

const latency = (between: LatencyRow["between"], phase: LatencyRow["phase"], p99Ms: number): LatencyRow => ({
  between,
  phase,
  deliveries: 1,
  p50Ms: 2,
  p99Ms,
});

test("says by how much deliveries between clients that hand over take longer while people move", () => {
  const latencies = [
    latency("handedOver", "steady", 8),
    latency("handedOver", "deploying", 10),
    latency("others", "steady", 1),
    latency("others", "deploying", 9),
  ];
  const verdict = { tally: newTally(), acked: 1, delivered: 20, gaps: [], latencies, refused429: 0 };
  const proof: Proof = { verdict, deploys: [], timeline: new Timeline() };
  const options = { sockets: 40, membersPerRoom: 20, rate: 10 } as ProofOptions;
  const lines = proofTable(options, proof).split("\n");
  expect(lines).toContain("| p99 between SDK clients, from switch to end of drain by steady | 1.25 |");
});

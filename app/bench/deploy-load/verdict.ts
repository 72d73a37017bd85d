import { Latencies } from "../../deploy/latencies.ts";
import type { Phase } from "./crowd.ts";
import type { CrowdReport } from "./crowd-report.ts";
import { type Kind, kinds } from "./load-shape.ts";
import { addTally, newTally, type Tally } from "./tally.ts";

/** What all processes together say. */
export interface Verdict {
  readonly tally: Tally;
  readonly acked: number;
  readonly delivered: number;
  readonly gaps: readonly GapRow[];
  readonly latencies: readonly LatencyRow[];
  /** Requests that were answered with 429. */
  readonly refused429: number;
}

export interface GapRow {
  readonly kind: Kind;
  readonly clients: number;
  /** Clients that were never without an open socket. */
  readonly withoutGap: number;
  readonly medianMs: number;
  readonly longestMs: number;
}

export interface LatencyRow {
  readonly between: "handedOver" | "others";
  readonly phase: Phase;
  readonly deliveries: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Of clients that hand over so many may have been without a socket, and nobody for longer. */
const gapShareMax = 0.001;
const gapMsMax = 2_000;

export function judge(reports: readonly CrowdReport[], refused429: number): Verdict {
  const tally = newTally();
  for (const report of reports) addTally(tally, report.tally);
  tally.altered += reports.filter(({ digests }) => !Bun.deepEquals(digests, reports[0]?.digests)).length;
  return {
    tally,
    acked: sumOf(reports, "acked"),
    delivered: sumOf(reports, "delivered"),
    gaps: kinds.map((kind) => gapRow(kind, reports)),
    latencies: (["handedOver", "others"] as const).flatMap((between) =>
      (["steady", "deploying"] as const).map((phase) => latencyRow(between, phase, reports)),
    ),
    refused429,
  };
}

/** What does not hold of what was promised; empty: all of it does. */
export function brokenPromises({ tally, gaps, refused429 }: Verdict): string[] {
  const broken = Object.entries(tally).flatMap(([what, count]) => (count === 0 ? [] : `${what}: ${count}`));
  if (refused429 > 0) broken.push(`refused with 429: ${refused429}`);
  for (const { kind, clients, withoutGap, longestMs } of gaps) {
    if (kind !== "handover") continue;
    const allowed = Math.floor(clients * gapShareMax);
    if (clients - withoutGap > allowed)
      broken.push(`without a socket: ${clients - withoutGap} of ${clients}`);
    if (longestMs > gapMsMax) broken.push(`without a socket for ${longestMs} ms`);
  }
  return broken;
}

const sumOf = (reports: readonly CrowdReport[], what: "acked" | "delivered"): number =>
  reports.reduce((sum, report) => sum + report[what], 0);

function gapRow(kind: Kind, reports: readonly CrowdReport[]): GapRow {
  const gaps = reports.flatMap(({ gapsMs }) => gapsMs[kind]).sort((one, other) => one - other);
  return {
    kind,
    clients: gaps.length,
    withoutGap: gaps.filter((ms) => ms === 0).length,
    medianMs: gaps[Math.floor(gaps.length / 2)] ?? 0,
    longestMs: gaps.at(-1) ?? 0,
  };
}

function latencyRow(
  between: LatencyRow["between"],
  phase: Phase,
  reports: readonly CrowdReport[],
): LatencyRow {
  const all = new Latencies();
  for (const { latencies } of reports) all.addAll(latencies[between][phase]);
  return { between, phase, deliveries: all.count, p50Ms: all.quantile(0.5), p99Ms: all.quantile(0.99) };
}
